-- Step 2: buckets. Lines without request id that agree on provider, dimensions and window share their cost over the
-- metered events of that window. Every join between buckets and events is by equality, and of numbers: what buckets are told
-- apart by beside their window is a key, what events are told apart by a kind, and which kinds a key takes is found once for
-- all windows. Windows are expanded to the slots (whole hours, or the pieces between off-hour window edges) that events were
-- put in; a dimension that a bucket does not state is '*' on both sides. An event's class goes to the bucket with the lowest
-- number: they are numbered in the order in which events are taken.
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
  left join (select e.provider, bool_or(e.account_id <> '') as account_id, bool_or(e.region <> '') as region,
                    bool_or(e.model <> '') as model, true as service_tier
               from kind_day d
               join recon.event_kind e using (kind_no)
              where d.in_period
              group by e.provider) h on h.provider = p.provider
  left join lateral (select bool_or(coalesce(e.api_key_id, '') <> '') as api_key_id, bool_or(coalesce(e.resource_id, '') <> '') as resource_id
                       from gateway.event e, run_option o
                      where s.match_on & 96 <> 0 and e.provider = p.provider and e.status in ('success', 'partial')
                        and e."timestamp" >= o.period_start and e."timestamp" < o.period_end) k on true;

-- The key of each attribute of usage with cost, in key order.
create temporary table attribute_key on commit drop as
select k.*, dense_rank() over (order by source collate "C", provider collate "C", account_id collate "C" nulls first, region collate "C" nulls first,
               model collate "C" nulls first, usage_class collate "C" nulls first, service_tier collate "C" nulls first,
               api_key_id collate "C" nulls first, resource_id collate "C" nulls first) as key_no,
       (account_id is not null)::int + 2 * (region is not null)::int + 4 * (model is not null)::int + 8 * (usage_class is not null)::int
       + 16 * (service_tier is not null)::int + 32 * (api_key_id is not null)::int + 64 * (resource_id is not null)::int as mask,
       num_nonnulls(account_id, region, model, usage_class, service_tier, api_key_id, resource_id) as stated
  from (select l.source, l.file_id, l.attribute_no, a.provider,
               case when c.dimensions & 1 <> 0 then a.account_id end as account_id,
               case when c.dimensions & 2 <> 0 then a.region end as region,
               case when c.dimensions & 4 <> 0 then a.model end as model,
               case when c.dimensions & 8 <> 0 then a.usage_class end as usage_class,
               case when c.dimensions & 16 <> 0 then a.service_tier end as service_tier,
               case when c.dimensions & 32 <> 0 then a.api_key_id end as api_key_id,
               case when c.dimensions & 64 <> 0 then a.resource_id end as resource_id
          from (select distinct source, file_id, attribute_no from open_line where has_cost and charge_type = 'usage') l
          join scope_attribute a using (file_id, attribute_no)
          join carried c on c.source = l.source and c.provider = a.provider) k;

create temporary table bucket_key on commit drop as
select distinct key_no, source, provider, account_id, region, model, usage_class, service_tier, api_key_id, resource_id, mask
  from attribute_key;

analyze carried;
analyze attribute_key;
analyze bucket_key;

create temporary table bucket_line on commit drop as
select l.file_id, l.attribute_no, l.usage_start, l.usage_end, l.period, l.own, l.cost_usd, l.quantity, l.lines, k.key_no,
       dense_rank() over (order by l.usage_end - l.usage_start, k.stated desc, l.usage_start, k.key_no, l.period collate "C") as bucket_id
  from open_line l
  join attribute_key k using (source, file_id, attribute_no)
 where l.has_cost and l.charge_type = 'usage';

analyze bucket_line (bucket_id);

-- (bucket_no: of this period's.)
create temporary table bucket on commit drop as
select b.*, case when b.own then row_number() over (partition by b.own order by b.bucket_id) end as bucket_no,
       case when b.own and k.usage_class is not null then b.line_quantity end as billed_quantity
  from (select bucket_id, min(key_no) as key_no, min(usage_start) as usage_start, min(usage_end) as usage_end, min(period collate "C") as period,
               bool_and(own) as own, sum(cost_usd) as cost_usd, case when bool_and(quantity is not null) then sum(quantity) end as line_quantity,
               sum(lines)::bigint as lines
          from bucket_line
         group by bucket_id) b
  join bucket_key k using (key_no);

analyze bucket;

-- Q: the lines' own quantity, else what usage reports say of the window, on the dimensions that both state. A report's
-- day already holds its hours.
-- The join is by equality on provider, class and day, and where a report states account and model (nearly always) on
-- these too, under its value and under '*' for buckets that do not state it.
create temporary table needy_day on commit drop as
select b.bucket_id, b.usage_start, b.usage_end, k.provider, k.account_id, k.region, k.model, k.usage_class, k.service_tier, k.api_key_id, k.resource_id,
       coalesce(k.account_id, '*') as account_key, coalesce(k.model, '*') as model_key, d::date as day
  from bucket b
  join bucket_key k using (key_no)
  cross join lateral generate_series(ref.utc_date(b.usage_start), ref.utc_date(greatest(b.usage_start, b.usage_end - interval '1 microsecond')), interval '1 day') d
 where b.own and b.line_quantity is null and k.usage_class is not null;

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
   set billed_quantity = (
	select sum(u.quantity) from usage_report u
	 where u.bucket_id = b.bucket_id
	   and not exists (select from usage_report v
	                    where v.bucket_id = u.bucket_id and v.source = u.source and v.usage_start <= u.usage_start
	                      and v.usage_end >= u.usage_end and v.usage_end - v.usage_start > u.usage_end - u.usage_start))
  from bucket_key k
 where k.key_no = b.key_no and b.own and k.usage_class is not null and b.line_quantity is null;

-- Providers whose windows or dimensions the hourly roll-up does not serve: their events are looked at one by one.
create temporary table provider_window on commit drop as
select distinct k.provider, b.usage_start, b.usage_end, k.mask & 96 <> 0 or date_trunc('hour', b.usage_start) <> b.usage_start
       or date_trunc('hour', b.usage_end) <> b.usage_end as is_off
  from bucket b
  join bucket_key k using (key_no);

create temporary table slot_edge on commit drop as
select provider, array_agg(distinct edge order by edge) as edges
  from (select f.provider, e.edge
          from (select provider, min(usage_start) as from_time, max(usage_end) as to_time from provider_window group by provider having bool_or(is_off)) f
          join lateral (select usage_start as edge from provider_window b where b.provider = f.provider
                        union select usage_end from provider_window b where b.provider = f.provider
                        union select h from run_option o, generate_series(
                                date_trunc('hour', least(f.from_time, o.period_start)), greatest(f.to_time, o.period_end), interval '1 hour') h
                        union select period_start from run_option union select period_end from run_option) e on true) d
 group by provider;

create temporary table scope_window on commit drop as
select least(o.period_start, date_trunc('hour', min(b.usage_start) filter (where b.own))) as from_time,
       greatest(o.period_end, max(b.usage_end) filter (where b.own)) as to_time
  from run_option o left join bucket b on true
 group by o.period_start, o.period_end;

analyze slot_edge;
analyze scope_window;

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

-- What such events metered and no line names, with kinds of their own, numbered downwards.
create temporary table edge_event on commit drop as
select s.edges[width_bucket(e."timestamp", s.edges)] as slot,
       -dense_rank() over (order by e.provider, e.account_id, e.region, e.model, e.service_tier, e.api_key_id, e.resource_id, e.team_id, e.service,
                                    e.environment, e.tenant_id, e.feature) as kind_no,
       e.provider, e.account_id, e.region, e.model, e.service_tier, e.api_key_id, e.resource_id, e.team_id, e.service, e.environment, e.tenant_id, e.feature,
       k.class, k.n, k.r
  from recon.priced_event e
  join slot_edge s on s.provider = e.provider
  cross join scope_window w
  left join edge_cover c on c.provider = e.provider and c.request_id = e.request_id
  cross join lateral (values ('input', 65, n_input, r_input), ('cache_read', 66, n_cache_read, r_cache_read),
                             ('cache_write_5m', 68, n_cache_write_5m, r_cache_write_5m),
                             ('cache_write_1h', 72, n_cache_write_1h, r_cache_write_1h), ('output', 80, n_output, r_output)) k (class, bits, n, r)
 where exists (select from slot_edge) and e.billable and e."timestamp" >= w.from_time and e."timestamp" < w.to_time
   and k.n > 0 and coalesce(c.any_mask, 0) & k.bits = 0;

-- Kinds, and whether there are buckets of their provider at all: what no bucket can take is summed by day.
create temporary table slot_kind on commit drop as
select kind_no, provider, account_id, region, model, service_tier, '' as api_key_id, '' as resource_id, team_id, service, environment, tenant_id, feature,
       provider in (select provider from bucket_key) as is_sought
  from recon.event_kind
 where kind_no in (select kind_no from kind_day) and provider not in (select provider from slot_edge)
union all
select distinct kind_no, provider, account_id, region, model, service_tier, api_key_id, resource_id, team_id, service, environment, tenant_id, feature, true
  from edge_event;

analyze slot_kind;

-- Cells of the roll-up less what exact lines cover: counts, and of how many events.
create temporary table open_cell on commit drop as
select c.hour as slot, c.kind_no, k.is_sought, c.n_input - coalesce(x.n_input, 0) as n_input, c.n_cache_read - coalesce(x.n_cache_read, 0) as n_cache_read,
       c.n_cache_write_5m - coalesce(x.n_cache_write_5m, 0) as n_cache_write_5m, c.n_cache_write_1h - coalesce(x.n_cache_write_1h, 0) as n_cache_write_1h,
       c.n_output - coalesce(x.n_output, 0) as n_output,
       c.events - coalesce(x.e_input, 0) as e_input, c.events - coalesce(x.e_cache_read, 0) as e_cache_read,
       c.events - coalesce(x.e_cache_write_5m, 0) as e_cache_write_5m, c.events - coalesce(x.e_cache_write_1h, 0) as e_cache_write_1h,
       c.events - coalesce(x.e_output, 0) as e_output
  from recon.hour_cell c
  join slot_kind k using (kind_no)
  left join recon.exact_covered x on x.period = $1 and x.cell_no = c.cell_no
 where c.hour >= (select from_time from scope_window) and c.hour < (select to_time from scope_window);

-- Billable counts by slot, kind and class, with the day of the slot.
create temporary table slot_count on commit drop as
select row_number() over () as cell_id, slot, ref.utc_date(slot) as day, kind_no, class, n, r, events
  from (select slot, kind_no, 'input' as class, n_input as n, coalesce(n_input * p_input, 0) as r, e_input as events
          from open_cell join recon.event_kind using (kind_no) where is_sought and n_input > 0
        union all
        select slot, kind_no, 'cache_read', n_cache_read, coalesce(n_cache_read * p_cache_read, 0), e_cache_read
          from open_cell join recon.event_kind using (kind_no) where is_sought and n_cache_read > 0
        union all
        select slot, kind_no, 'cache_write_5m', n_cache_write_5m, coalesce(n_cache_write_5m * p_cache_write_5m, 0), e_cache_write_5m
          from open_cell join recon.event_kind using (kind_no) where is_sought and n_cache_write_5m > 0
        union all
        select slot, kind_no, 'cache_write_1h', n_cache_write_1h, coalesce(n_cache_write_1h * p_cache_write_1h, 0), e_cache_write_1h
          from open_cell join recon.event_kind using (kind_no) where is_sought and n_cache_write_1h > 0
        union all
        select slot, kind_no, 'output', n_output, coalesce(n_output * p_output, 0), e_output
          from open_cell join recon.event_kind using (kind_no) where is_sought and n_output > 0
        union all
        select slot, kind_no, class, sum(n)::bigint, sum(r), count(*) from edge_event group by slot, kind_no, class) c;

-- What no bucket can take, by day and whether it is past settle_days; first_slot: of the latter.
create temporary table unsought_day on commit drop as
select ref.utc_date(slot) as day, kind_no, slot + interval '1 hour' <= o.as_of - o.settle_days * interval '1 day' as is_settled, min(slot) as first_slot,
       sum(greatest(e_input * (n_input > 0)::int, e_cache_read * (n_cache_read > 0)::int, e_cache_write_5m * (n_cache_write_5m > 0)::int,
                    e_cache_write_1h * (n_cache_write_1h > 0)::int, e_output * (n_output > 0)::int)) as events,
       sum(n_input) as n_input, sum(n_cache_read) as n_cache_read, sum(n_cache_write_5m) as n_cache_write_5m, sum(n_cache_write_1h) as n_cache_write_1h,
       sum(n_output) as n_output
  from open_cell
 cross join run_option o
 where not is_sought and slot >= o.period_start and slot < o.period_end
 group by ref.utc_date(slot), kind_no, slot + interval '1 hour' <= o.as_of - o.settle_days * interval '1 day';

analyze slot_count (cell_id, slot, day, kind_no, class);

-- Which keys take which kinds' classes, whatever the window.
create temporary table kind_key on commit drop as
select k.kind_no, c.class, b.key_no
  from slot_kind k
  cross join (values ('input'), ('cache_read'), ('cache_write_5m'), ('cache_write_1h'), ('output')) c (class)
  join (select distinct source, provider, mask from bucket_key) m on m.provider = k.provider
  join source_option o on o.source = m.source
  join bucket_key b
    on b.source = m.source and b.provider = k.provider and b.mask = m.mask
   and coalesce(b.account_id, '*') = case when m.mask & 1 = 0 then '*' else coalesce(nullif(k.account_id, ''), o.account_id, '') end
   and coalesce(b.region, '*') = case when m.mask & 2 = 0 then '*' else coalesce(nullif(k.region, ''), o.region, '') end
   and coalesce(b.model, '*') = case when m.mask & 4 = 0 then '*' else coalesce(nullif(k.model, ''), o.model, '') end
   and coalesce(b.usage_class, '*') = case when m.mask & 8 = 0 then '*' else c.class end
   and coalesce(b.service_tier, '*') = case when m.mask & 16 = 0 then '*' else k.service_tier end
   and coalesce(b.api_key_id, '*') = case when m.mask & 32 = 0 then '*' else coalesce(nullif(k.api_key_id, ''), o.api_key_id, '') end
   and coalesce(b.resource_id, '*') = case when m.mask & 64 = 0 then '*' else coalesce(nullif(k.resource_id, ''), o.resource_id, '') end;

analyze kind_key;

create temporary table bucket_slot on commit drop as
select b.bucket_id, b.own, b.key_no, s.slot
  from (select w.provider, w.usage_start, w.usage_end, h as slot
          from provider_window w
          cross join lateral generate_series(w.usage_start, w.usage_end - interval '1 hour', interval '1 hour') h
         where w.provider not in (select provider from slot_edge)
        union all
        select w.provider, w.usage_start, w.usage_end, e.slot
          from provider_window w
          join slot_edge s on s.provider = w.provider
          cross join lateral unnest(s.edges[width_bucket(w.usage_start, s.edges) : width_bucket(w.usage_end, s.edges) - 1]) e (slot)) s
  join bucket_key k on k.provider = s.provider
  join bucket b on b.key_no = k.key_no and b.usage_start = s.usage_start and b.usage_end = s.usage_end;

analyze bucket_slot;

-- (own: whether that bucket is of this period.)
create temporary table taken on commit drop as
select cell_id, first >> 1 as bucket_id, first & 1 = 1 as own
  from (select c.cell_id, min(s.bucket_id << 1 | s.own::int) as first
          from slot_count c
          join kind_key k using (kind_no, class)
          join bucket_slot s on s.key_no = k.key_no and s.slot = c.slot
         group by c.cell_id) t;

analyze taken;
