-- Step 2: buckets. Lines without request id that agree on provider, dimensions and window share their cost over the
-- metered events of that window. Every join between buckets and events is by equality: windows are expanded to the slots
-- (whole hours, or the pieces between off-hour window edges) that events were put in, and a dimension that a bucket does
-- not state is '*' on both sides. An event's class goes to the bucket with the lowest number: they are numbered in the
-- order in which events are taken.
-- $1 period: text

-- Dimensions that none of the provider's billable events of the period carries, after the source's defaults, are dropped
-- (none if it has no events).
create temporary table carried on commit drop as
select s.source, p.provider,
       case when h.provider is null then s.match_on else s.match_on
       & (1 * (s.account_id is not null or coalesce(h.account_id, false))::int
          + 2 * (s.region is not null or coalesce(h.region, false))::int
          + 4 * (s.model is not null or coalesce(h.model, false))::int + 8
          + 16 * coalesce(h.service_tier, false)::int
          + 32 * (s.api_key_id is not null or coalesce(k.api_key_id, false))::int
          + 64 * (s.resource_id is not null or coalesce(k.resource_id, false))::int) end as dimensions, s.match_on
  from source_option s
  join (select distinct source, provider from open_line where has_cost and charge_type = 'usage') p using (source)
  left join (select provider, bool_or(account_id <> '') as account_id, bool_or(region <> '') as region,
                    bool_or(model <> '') as model, true as service_tier
               from recon.event_hour e, run_option o
              where e.hour >= o.period_start and e.hour < o.period_end
              group by provider) h on h.provider = p.provider
  left join lateral (select bool_or(coalesce(e.api_key_id, '') <> '') as api_key_id, bool_or(coalesce(e.resource_id, '') <> '') as resource_id
                       from gateway.event e, run_option o
                      where s.match_on & 96 <> 0 and e.provider = p.provider and e.status in ('success', 'partial')
                        and e."timestamp" >= o.period_start and e."timestamp" < o.period_end) k on true;

create temporary table bucket_line on commit drop as
select l.*, dense_rank() over (order by usage_end - usage_start,
           num_nonnulls(b_account_id, b_region, b_model, b_usage_class, b_service_tier, b_api_key_id, b_resource_id) desc, usage_start,
           source collate "C", provider collate "C", b_account_id collate "C" nulls first, b_region collate "C" nulls first,
           b_model collate "C" nulls first, b_usage_class collate "C" nulls first, b_service_tier collate "C" nulls first,
           b_api_key_id collate "C" nulls first, b_resource_id collate "C" nulls first, period) as bucket_id
  from (select l.*, case when c.dimensions & 1 <> 0 then account_id end as b_account_id,
               case when c.dimensions & 2 <> 0 then region end as b_region,
               case when c.dimensions & 4 <> 0 then model end as b_model,
               case when c.dimensions & 8 <> 0 then usage_class end as b_usage_class,
               case when c.dimensions & 16 <> 0 then service_tier end as b_service_tier,
               case when c.dimensions & 32 <> 0 then api_key_id end as b_api_key_id,
               case when c.dimensions & 64 <> 0 then resource_id end as b_resource_id
          from open_line l
          join carried c using (source, provider)
         where l.has_cost and l.charge_type = 'usage') l;

analyze bucket_line (bucket_id);

create temporary table bucket on commit drop as
select bucket_id, source, provider, b_account_id as account_id, b_region as region, b_model as model, b_usage_class as usage_class,
       b_service_tier as service_tier, b_api_key_id as api_key_id, b_resource_id as resource_id, usage_start, usage_end, period, own,
       (b_account_id is not null)::int + 2 * (b_region is not null)::int + 4 * (b_model is not null)::int
       + 8 * (b_usage_class is not null)::int + 16 * (b_service_tier is not null)::int + 32 * (b_api_key_id is not null)::int
       + 64 * (b_resource_id is not null)::int as mask,
       sum(cost_usd) as cost_usd, case when bool_and(quantity is not null) then sum(quantity) end as line_quantity,
       null::numeric as billed_quantity, sum(lines) as lines
  from bucket_line
 group by bucket_id, source, provider, b_account_id, b_region, b_model, b_usage_class, b_service_tier, b_api_key_id, b_resource_id,
          usage_start, usage_end, period, own;

analyze bucket;

-- Q: the lines' own quantity, else what usage reports say of the window, on the dimensions that both state. A report's
-- day already holds its hours.
-- The join is by equality on provider, class and day, and where a report states account and model (nearly always) on
-- these too, under its value and under '*' for buckets that do not state it.
create temporary table needy_day on commit drop as
select b.*, coalesce(b.account_id, '*') as account_key, coalesce(b.model, '*') as model_key, d::date as day
  from bucket b
  cross join lateral generate_series(ref.utc_date(b.usage_start), ref.utc_date(greatest(b.usage_start, b.usage_end - interval '1 microsecond')), interval '1 day') d
 where b.own and b.line_quantity is null and b.usage_class is not null;

create temporary table report_line on commit drop as
select source, provider, usage_class, account_id, region, model, service_tier, api_key_id, resource_id, usage_start, usage_end,
       ref.utc_date(usage_start) as day, sum(quantity) as quantity
  from open_line
 where not has_cost and charge_type = 'usage' and quantity is not null and usage_class is not null
 group by source, provider, usage_class, account_id, region, model, service_tier, api_key_id, resource_id, usage_start, usage_end;

analyze needy_day;
analyze report_line;

create temporary table usage_report on commit drop as
select bucket_id, source, usage_start, usage_end, sum(quantity) as quantity
  from (select b.bucket_id, u.*, b.usage_start as from_time, b.usage_end as to_time, b.region as b_region, b.service_tier as b_service_tier,
               b.api_key_id as b_api_key_id, b.resource_id as b_resource_id
          from needy_day b
          join (select u.*, a.key as account_key, m.key as model_key
                  from report_line u
                  cross join lateral (values (u.account_id), ('*')) a (key)
                  cross join lateral (values (u.model), ('*')) m (key)
                 where u.account_id is not null and u.model is not null) u
            on u.provider = b.provider and u.usage_class = b.usage_class and u.day = b.day
           and u.account_key = b.account_key and u.model_key = b.model_key
        union all
        select b.bucket_id, u.*, '', '', b.usage_start, b.usage_end, b.region, b.service_tier, b.api_key_id, b.resource_id
          from needy_day b
          join report_line u on u.provider = b.provider and u.usage_class = b.usage_class and u.day = b.day
         where (u.account_id is null or u.model is null)
           and (u.account_id = b.account_id or u.account_id is null or b.account_id is null)
           and (u.model = b.model or u.model is null or b.model is null)) u
 where u.usage_start >= from_time and u.usage_end <= to_time
   and (u.region = b_region or u.region is null or b_region is null)
   and (u.service_tier = b_service_tier or u.service_tier is null or b_service_tier is null)
   and (u.api_key_id = b_api_key_id or u.api_key_id is null or b_api_key_id is null)
   and (u.resource_id = b_resource_id or u.resource_id is null or b_resource_id is null)
 group by bucket_id, source, usage_start, usage_end;

analyze usage_report;

update bucket b
   set billed_quantity = coalesce(b.line_quantity, (
	select sum(u.quantity) from usage_report u
	 where u.bucket_id = b.bucket_id
	   and not exists (select from usage_report v
	                    where v.bucket_id = u.bucket_id and v.source = u.source and v.usage_start <= u.usage_start
	                      and v.usage_end >= u.usage_end and v.usage_end - v.usage_start > u.usage_end - u.usage_start)))
 where b.own and b.usage_class is not null;

-- Providers whose windows or dimensions the hourly roll-up does not serve: their events are looked at one by one.
create temporary table slot_edge on commit drop as
select provider, array_agg(distinct edge order by edge) as edges
  from (select f.provider, e.edge
          from (select distinct provider from bucket
                 where mask & 96 <> 0 or date_trunc('hour', usage_start) <> usage_start or date_trunc('hour', usage_end) <> usage_end) f
          join lateral (select usage_start as edge from bucket b where b.provider = f.provider
                        union select usage_end from bucket b where b.provider = f.provider
                        union select h from run_option o, generate_series(
                                (select date_trunc('hour', least(min(b.usage_start), o.period_start)) from bucket b where b.provider = f.provider),
                                (select greatest(max(b.usage_end), o.period_end) from bucket b where b.provider = f.provider), interval '1 hour') h
                        union select period_start from run_option union select period_end from run_option) e on true) d
 group by provider;

create temporary table scope_window on commit drop as
select least(o.period_start, date_trunc('hour', min(b.usage_start) filter (where b.own))) as from_time,
       greatest(o.period_end, max(b.usage_end) filter (where b.own)) as to_time
  from run_option o left join bucket b on true
 group by o.period_start, o.period_end;

-- The requests of such providers that lines name.
create temporary table edge_cover on commit drop as
select l.match_key as request_id, a.provider, bit_or(recon.class_bit(a.usage_class)) as any_mask
  from scope_attribute a
  join slot_edge s on s.provider = a.provider
  join scope_delivery d on d.has_request_ids
  join provider.line_fact l on l.period = d.period and l.delivery_id = d.delivery_id and l.file_id = a.file_id and l.attribute_no = a.attribute_no
  left join ref.fx x on x.period = l.period and x.currency = a.currency
 where a.has_request_id and a.charge_type = 'usage' and l.cost is not null and (a.currency = 'USD' or x.usd_rate is not null)
 group by l.match_key, a.provider;

-- Billable counts by slot and everything that matching and ownership look at, less what exact lines cover.
create temporary table slot_count on commit drop as
with class_count as (
	select h.hour as slot, h.provider, h.account_id, h.region, h.model, h.service_tier, '' as api_key_id, '' as resource_id,
	       h.team_id, h.service, h.environment, h.tenant_id, h.feature, k.class, k.n, k.r, h.events
	  from recon.event_hour h
	  cross join scope_window w
	  cross join lateral (values ('input', n_input, r_input), ('cache_read', n_cache_read, r_cache_read),
	                             ('cache_write_5m', n_cache_write_5m, r_cache_write_5m),
	                             ('cache_write_1h', n_cache_write_1h, r_cache_write_1h), ('output', n_output, r_output)) k (class, n, r)
	 where h.hour >= w.from_time and h.hour < w.to_time and k.n > 0
	   and h.provider not in (select provider from slot_edge)
	union all
	select s.edges[width_bucket(e."timestamp", s.edges)], e.provider, e.account_id, e.region, e.model, e.service_tier, e.api_key_id,
	       e.resource_id, e.team_id, e.service, e.environment, e.tenant_id, e.feature, k.class, k.n, k.r, 1
	  from recon.priced_event e
	  join slot_edge s on s.provider = e.provider
	  cross join scope_window w
	  cross join lateral (values ('input', n_input, r_input), ('cache_read', n_cache_read, r_cache_read),
	                             ('cache_write_5m', n_cache_write_5m, r_cache_write_5m),
	                             ('cache_write_1h', n_cache_write_1h, r_cache_write_1h), ('output', n_output, r_output)) k (class, n, r)
	 where e.billable and e."timestamp" >= w.from_time and e."timestamp" < w.to_time and k.n > 0
	union all
	select hour, provider, account_id, region, model, service_tier, '', '', team_id, service, environment, tenant_id, feature, class, -n, -r, -events
	  from recon.exact_covered x
	  cross join scope_window w
	 where x.period = $1 and x.hour >= w.from_time and x.hour < w.to_time and x.provider not in (select provider from slot_edge)
	union all
	select s.edges[width_bucket(e."timestamp", s.edges)], e.provider, e.account_id, e.region, e.model, e.service_tier, e.api_key_id,
	       e.resource_id, e.team_id, e.service, e.environment, e.tenant_id, e.feature, k.class, -k.n, -k.r, -1
	  from edge_cover c
	  join recon.priced_event e on e.provider = c.provider and e.request_id = c.request_id
	  join slot_edge s on s.provider = e.provider
	  cross join scope_window w
	  cross join lateral (values ('input', n_input, r_input), ('cache_read', n_cache_read, r_cache_read),
	                             ('cache_write_5m', n_cache_write_5m, r_cache_write_5m),
	                             ('cache_write_1h', n_cache_write_1h, r_cache_write_1h), ('output', n_output, r_output)) k (class, n, r)
	 where e.billable and e."timestamp" >= w.from_time and e."timestamp" < w.to_time and k.n > 0
	   and c.any_mask & (recon.class_bit(k.class) | 64) <> 0
)
select row_number() over () as cell_id, slot, provider, account_id, region, model, service_tier, api_key_id, resource_id,
       team_id, service, environment, tenant_id, feature, class, sum(n) as n, sum(r) as r, sum(events) as events
  from class_count
 group by slot, provider, account_id, region, model, service_tier, api_key_id, resource_id, team_id, service, environment,
          tenant_id, feature, class
having sum(n) > 0;

analyze slot_count (cell_id, slot, provider, class);

create temporary table bucket_slot on commit drop as
select b.bucket_id, b.source, b.provider, b.mask, s.slot, coalesce(b.account_id, '*') as account_id, coalesce(b.region, '*') as region,
       coalesce(b.model, '*') as model, coalesce(b.usage_class, '*') as class, coalesce(b.service_tier, '*') as service_tier,
       coalesce(b.api_key_id, '*') as api_key_id, coalesce(b.resource_id, '*') as resource_id
  from (select w.provider, w.usage_start, w.usage_end, h as slot
          from (select distinct provider, usage_start, usage_end from bucket
                 where provider not in (select provider from slot_edge)) w
          cross join lateral generate_series(w.usage_start, w.usage_end - interval '1 hour', interval '1 hour') h
        union all
        select w.provider, w.usage_start, w.usage_end, e.slot
          from (select distinct provider, usage_start, usage_end from bucket) w
          join slot_edge s on s.provider = w.provider
          cross join lateral unnest(s.edges[width_bucket(w.usage_start, s.edges) : width_bucket(w.usage_end, s.edges) - 1]) e (slot)) s
  join bucket b on b.provider = s.provider and b.usage_start = s.usage_start and b.usage_end = s.usage_end;

analyze bucket_slot (bucket_id, source, provider, slot, class);

create temporary table taken on commit drop as
select c.cell_id, min(s.bucket_id) as bucket_id
  from slot_count c
  join (select distinct source, provider, mask from bucket) m on m.provider = c.provider
  join source_option o on o.source = m.source
  join bucket_slot s
    on s.source = m.source and s.provider = c.provider and s.mask = m.mask and s.slot = c.slot
   and s.account_id = case when m.mask & 1 = 0 then '*' else coalesce(nullif(c.account_id, ''), o.account_id, '') end
   and s.region = case when m.mask & 2 = 0 then '*' else coalesce(nullif(c.region, ''), o.region, '') end
   and s.model = case when m.mask & 4 = 0 then '*' else coalesce(nullif(c.model, ''), o.model, '') end
   and s.class = case when m.mask & 8 = 0 then '*' else c.class end
   and s.service_tier = case when m.mask & 16 = 0 then '*' else c.service_tier end
   and s.api_key_id = case when m.mask & 32 = 0 then '*' else coalesce(nullif(c.api_key_id, ''), o.api_key_id, '') end
   and s.resource_id = case when m.mask & 64 = 0 then '*' else coalesce(nullif(c.resource_id, ''), o.resource_id, '') end
 group by c.cell_id;

analyze taken;
