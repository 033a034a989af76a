-- What is known of one request: its counted event and owner, its classes and where their prices come from, the lines
-- that name it, and the bucket that took each class which no line names.
-- $1 request_id: text, $2 provider: text, $3 period: text  null = any, $4 style: text
-- $5 options: jsonb   {sources: [{source, account_id, region, …: what an event's empty value counts as}]}
create temporary table seen_request on commit drop as
select e.*, coalesce(e.stated_cost, e.rule_cost) as computed, ref.period_of(e."timestamp") as period,
       coalesce(t.team_id, s.team_id, '') as team, coalesce(t.business_unit_id, s.business_unit_id, 'unattributed') as business_unit,
       case when t.team_id is not null then 'its team' when s.team_id is not null then 'the team of its service' else 'nobody' end as owned_through
  from recon.priced_event e
  left join ref.team_in_business_unit t on t.team_id = e.team_id and ref.in_force(t.valid_from, t.valid_to, ref.utc_date(e."timestamp"))
  left join lateral (select u.team_id, u.business_unit_id
                       from ref.service v
                       join ref.team_in_business_unit u
                         on u.team_id = v.team_id and ref.in_force(u.valid_from, u.valid_to, ref.utc_date(e."timestamp"))
                      where v.service = e.service and ref.in_force(v.valid_from, v.valid_to, ref.utc_date(e."timestamp"))) s on true
 where e.request_id = $1 and e.provider = $2
 order by e.file_id, e.row_no
 limit 1;

-- The price of each class, found in the order of recon.price_of, with its origin. An event that the roll-up has not seen
-- yet has no price in recon.priced_event.
create temporary table seen_class on commit drop as
select k.position, k.class, k.n, coalesce(k.p, s.price) as price, coalesce(k.n * coalesce(k.p, s.price), 0) as r, s.origin, s.validity
  from seen_request e
  cross join lateral (values (1, 'input', e.n_input, e.p_input), (2, 'cache_read', e.n_cache_read, e.p_cache_read),
                             (3, 'cache_write_5m', e.n_cache_write_5m, e.p_cache_write_5m),
                             (4, 'cache_write_1h', e.n_cache_write_1h, e.p_cache_write_1h),
                             (5, 'output', e.n_output, e.p_output)) k (position, class, n, p)
  cross join lateral (select coalesce(e.price_day, ref.utc_date(e."timestamp")) as day,
                             coalesce(e.probe_tokens, e.input_tokens, 0) as tokens) d
  left join lateral (
	select * from (
		(select 1 as place, p.unit_price_usd as price,
		        'billing rule ' || p.billing_rule_version || ', tier ' || p.service_tier
		        || case when p.above_input_tokens > 0 then ', over ' || p.above_input_tokens || ' input tokens' else '' end
		        || case when p.origin = 'refdata' then '' else ', ' || p.origin end as origin,
		        case when isfinite(p.valid_from) then 'from ' || p.valid_from else 'since ever' end
		        || case when isfinite(p.valid_to) then ' until ' || p.valid_to else '' end as validity
		   from ref.price p
		  where p.billing_rule_version = e.billing_rule_version and p.provider = e.provider and p.model = e.model
		    and p.usage_class = k.class and p.service_tier in (e.service_tier, 'standard')
		    and p.valid_from <= d.day and (p.above_input_tokens = 0 or p.above_input_tokens < d.tokens)
		  order by (p.service_tier = e.service_tier) desc, (p.valid_to > d.day) desc,
		           case when p.valid_to <= d.day then p.valid_from end desc nulls first, p.above_input_tokens desc
		  limit 1)
		union all
		(select 2, v::numeric * 0.000001, 'unit price stated by the event', ''
		   from (select e.unit_price ->> case k.class when 'input' then 'input_per_million' when 'cache_read' then 'cached_input_per_million'
		                                              when 'cache_write_5m' then 'cache_write_per_million'
		                                              when 'cache_write_1h' then 'cache_write_1h_per_million'
		                                              when 'output' then 'output_per_million' end as v) snapshot
		  where v ~ '^[0-9]+([.][0-9]*)?([eE][-+]?[0-9]{1,2})?$' and coalesce(e.unit_price ->> 'currency', 'USD') = 'USD')
		union all
		(select 3, p.unit_price_usd,
		        'price book: ' || p.billing_rule_version || ', tier ' || p.service_tier
		        || case when p.above_input_tokens > 0 then ', over ' || p.above_input_tokens || ' input tokens' else '' end
		        || case when p.origin = 'refdata' then '' else ', ' || p.origin end,
		        case when isfinite(p.valid_from) then 'from ' || p.valid_from else 'since ever' end
		        || case when isfinite(p.valid_to) then ' until ' || p.valid_to else '' end
		   from ref.price p
		  where p.provider = e.provider and p.model = e.model
		    and p.usage_class = k.class and p.service_tier in (e.service_tier, 'standard')
		    and p.valid_from <= d.day and p.valid_to > d.day and (p.above_input_tokens = 0 or p.above_input_tokens < d.tokens)
		  order by (p.service_tier = e.service_tier) desc, p.valid_from desc, p.above_input_tokens desc, p.billing_rule_version collate "C"
		  limit 1)) c
	 order by place limit 1) s on true
 where k.n > 0;

update seen_request e
   set rule_cost = c.r, computed = coalesce(e.stated_cost, c.r)
  from (select coalesce(sum(r), 0) as r from seen_class) c
 where e.price_day is null;

create temporary table seen_line on commit drop as
select l.period, l.delivery_id, l.file_id, l.line_no, l.usage_start, l.usage_end, l.quantity, l.cost, a.provider, a.charge_type,
       a.account_id, a.model, coalesce(a.usage_class, '') as usage_class, a.unit, a.currency, a.invoice_id, a.tags, a.principal,
       a.resource_id, a.api_key_id,
       case when a.currency = 'USD' then l.cost else l.cost * x.usd_rate end as cost_usd, x.usd_rate
  from (select distinct period from recon.counted_delivery where has_request_ids) p
  cross join lateral (select * from provider.line_fact f where f.period = p.period and f.match_key = $1 offset 0) l
  join recon.counted_delivery d on d.delivery_id = l.delivery_id
  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.has_request_id and a.provider = $2
  left join ref.fx x on x.period = l.period and x.currency = a.currency;

-- The share in a bucket: C × q ÷ max(M, Q). What the groups got says whether the rest was left (Q > M) or spread. A
-- bucket without class is shared by rule cost.
create temporary table seen_share on commit drop as
select f.*, p.got, p.got_in_period,
       case when f.usage_class is not null and f.metered_quantity > 0 then
                 recon.ratio_half_even(f.cost_usd * f.n, case when f.billed_quantity > f.metered_quantity and p.got <> f.cost_usd
                                                              then f.billed_quantity else f.metered_quantity end, 12)
            when f.usage_class is null and f.rule_cost_usd > 0 then recon.ratio_half_even(p.got_in_period * f.r, f.rule_cost_usd, 12)
       end as share,
       case when f.period = f.event_period and f.billed_quantity > 0 and f.metered_quantity > 0 and f.usage_class is not null
             and (f.metered_quantity > f.billed_quantity or (f.billed_quantity > f.metered_quantity and p.got = f.cost_usd and f.cost_usd <> 0))
            then recon.ratio_half_even(f.r * (f.billed_quantity - f.metered_quantity), f.metered_quantity, 12) else 0 end as quantity_effect
  from (select distinct on (k.class) k.position, k.class, k.n, k.price, k.r, e.period as event_period, b.*
          from seen_request e
          cross join seen_class k
          join recon.bucket b on b.provider = e.provider and b.usage_start <= e."timestamp" and b.usage_end > e."timestamp"
          left join jsonb_to_recordset($5 -> 'sources')
                    as o (source text, account_id text, region text, model text, service_tier text, api_key_id text, resource_id text)
                 on o.source = b.source
         where e.billable
           and (b.usage_class is null or b.usage_class = k.class)
           and (b.account_id is null or b.account_id = coalesce(nullif(e.account_id, ''), o.account_id, ''))
           and (b.region is null or b.region = coalesce(nullif(e.region, ''), o.region, ''))
           and (b.model is null or b.model = coalesce(nullif(e.model, ''), o.model, ''))
           and (b.service_tier is null or b.service_tier = e.service_tier)
           and (b.api_key_id is null or b.api_key_id = coalesce(nullif(e.api_key_id, ''), o.api_key_id, ''))
           and (b.resource_id is null or b.resource_id = coalesce(nullif(e.resource_id, ''), o.resource_id, ''))
           and not exists (select from seen_line l
                            where l.charge_type = 'usage' and l.cost_usd is not null and l.usage_class in (k.class, ''))
         order by k.class, b.usage_end - b.usage_start,
                  num_nonnulls(b.account_id, b.region, b.model, b.usage_class, b.service_tier, b.api_key_id, b.resource_id) desc,
                  b.usage_start, b.source collate "C", b.account_id collate "C" nulls first, b.region collate "C" nulls first,
                  b.model collate "C" nulls first, b.usage_class collate "C" nulls first, b.service_tier collate "C" nulls first,
                  b.api_key_id collate "C" nulls first, b.resource_id collate "C" nulls first, b.period) f
  cross join lateral (select coalesce(sum(p.usage_billed), 0) as got, coalesce(sum(p.usage_billed - p.timing), 0) as got_in_period
                        from recon.posting p where p.period = f.period and p.bucket_no = f.bucket_no) p
 where $3 is null or f.period = $3;

-- The provider's record of it: of several the one with the most tokens, as in exceptions/logs.sql.
create temporary table seen_log on commit drop as
select l.request_id, l.provider, l."timestamp", l.account_id, l.region, l.inference_region, coalesce(m.model, l.model, '') as model,
       l.model as model_as_named, l.operation, l.principal, l.error_code, l.input_tokens, l.cache_read_input_tokens,
       l.cache_write_input_tokens, l.cache_write_1h_input_tokens, l.output_tokens, l.file_id, l.row_no
  from provider.usage_log l
  left join ref.model_alias m on m.provider = l.provider and m.alias = l.model
 where l.request_id = $1 and l.provider = $2
 order by l.output_tokens desc, l.input_tokens desc, l.cache_read_input_tokens desc, l.cache_write_input_tokens desc, l.file_id, l.row_no
 limit 1;

create temporary table seen_event on commit drop as
select * from seen_request;
