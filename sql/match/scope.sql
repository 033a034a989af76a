-- What reconciling a period looks at: options, deliveries, attributes under canonical names, lines in USD, reach.
-- $1 period: text
-- $2 as_of: timestamptz
-- $3 options: jsonb   {residual, settle_days, percent, amount, sources: [{source, match_on, defaults…}]}
create temporary table run_option on commit drop as
select $1 as period, ref.period_start($1) as period_start, ref.period_end($1) as period_end, $2 as as_of,
       $3 ->> 'residual' as residual, ($3 ->> 'settle_days')::int as settle_days,
       ($3 ->> 'percent')::numeric as percent, ($3 ->> 'amount')::numeric as amount;

-- Dimensions by source type as bits: account_id 1, region 2, model 4, usage_class 8, service_tier 16, api_key_id 32, resource_id 64.
create temporary table source_option on commit drop as
select d.source, coalesce(o.match_on, t.match_on, 13) as match_on,
       o.account_id, o.region, o.model, o.service_tier, o.api_key_id, o.resource_id
  from (select distinct source, source_type from provider.delivery) d
  left join (values ('aws-cur', 31), ('openai', 29), ('anthropic', 29), ('usage-csv', 13)) t (source_type, match_on) using (source_type)
  left join jsonb_to_recordset($3 -> 'sources')
            as o (source text, match_on int, account_id text, region text, model text, service_tier text, api_key_id text, resource_id text)
         on o.source = d.source;

create temporary table scope_delivery on commit drop as
select d.delivery_id, d.source, d.period, d.period = o.period as own, d.has_request_ids,
       d.period = o.period or (d.usage_from < greatest(hull.usage_to, o.period_end)
                               and d.usage_to > least(hull.usage_from, o.period_start)) as near
  from run_option o
  cross join (select min(usage_from) as usage_from, max(usage_to) as usage_to
                from provider.delivery where superseded_by is null and period = $1) hull
  join provider.delivery d on d.superseded_by is null
 where d.period = o.period or d.has_request_ids
    or (d.usage_from < greatest(hull.usage_to, o.period_end) and d.usage_to > least(hull.usage_from, o.period_start));

create temporary table scope_attribute on commit drop as
select a.file_id, a.attribute_no, a.provider, a.charge_type, a.has_request_id, a.account_id, a.region, a.api_key_id,
       a.resource_id, a.principal, case when a.model is not null then coalesce(m.model, a.model) end as model,
       nullif(a.usage_class, '') as usage_class,
       case when a.service_tier is not null then ref.tier(a.service_tier) end as service_tier, a.currency, a.tags
  from provider.line_attribute a
  left join ref.model_alias m on m.provider = a.provider and m.alias = a.model
 where a.file_id in (select file_id from provider.delivery_file join scope_delivery using (delivery_id));

-- (Also tables of a row: else the planner takes them to have hundreds, and what they are joined to for as many times more.)
analyze run_option;
analyze source_option;
analyze scope_delivery;
analyze scope_attribute;

-- Lines without request id, summed over equal attributes and windows.
create temporary table open_line on commit drop as
select d.source, d.own, l.period, l.file_id, l.attribute_no, a.provider, a.charge_type, a.account_id, a.region,
       a.api_key_id, a.resource_id, a.principal, a.model, a.usage_class, a.service_tier, a.tags,
       l.usage_start, l.usage_end, l.has_cost,
       case when a.currency = 'USD' then l.cost else l.cost * x.usd_rate end as cost_usd, l.quantity, l.lines
  from provider.line_sum l
  join scope_delivery d on d.delivery_id = l.delivery_id and d.near
  join scope_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and not a.has_request_id
  left join ref.fx x on x.period = l.period and x.currency = a.currency
 where not l.has_cost or a.currency = 'USD' or x.usd_rate is not null;

analyze open_line;

create temporary table reach on commit drop as select * from recon.reach_of($1);

create temporary table delivery_provider on commit drop as
-- (an empty delivery is of the provider that its dataset's others are of)
select distinct d.delivery_id, d.source, d.dataset, s.provider
  from provider.delivery d
  join (select distinct source, dataset, provider
          from provider.delivery, unnest(providers) as provider) s on s.source = d.source and s.dataset = d.dataset;

-- The account an event counts for: its own, else the default of the provider's source if there is one; '': not known.
create temporary table account_default on commit drop as
select p.provider, min(s.account_id) as account_id
  from (select distinct source, provider from delivery_provider) p
  join source_option s using (source)
 group by p.provider having count(distinct s.account_id) = 1;

-- The roll-up by day, of the period and of what its own lines reach into beyond it: what does not ask for the hour reads this.
create temporary table kind_day on commit drop as
select c.kind_no, ref.utc_date(c.hour) as day, ref.utc_date(c.hour) >= ref.utc_date(ref.period_start($1)) and ref.utc_date(c.hour) < ref.utc_date(ref.period_end($1)) as in_period,
       sum(c.events)::bigint as events, sum(c.n_input) as n_input, sum(c.n_cache_read) as n_cache_read, sum(c.n_cache_write_5m) as n_cache_write_5m,
       sum(c.n_cache_write_1h) as n_cache_write_1h, sum(c.n_output) as n_output, sum(c.computed_usd) as computed_usd,
       min(c.first_request_id collate "C") as first_request_id
  from recon.hour_cell c
  join recon.event_kind k on k.kind_no = c.kind_no and k.outcome = 'billable'
 where c.hour >= least(ref.period_start($1), (select date_trunc('hour', min(usage_start)) from open_line where own))
   and c.hour < greatest(ref.period_end($1), (select max(usage_end) from open_line where own))
 group by c.kind_no, ref.utc_date(c.hour);

analyze kind_day;

create temporary table account_reach on commit drop as
select k.provider, k.billed_account, max(r.reach) as reach
  from (select distinct e.provider, coalesce(nullif(e.account_id, ''), f.account_id, '') as billed_account
          from kind_day h
          join recon.event_kind e using (kind_no)
          left join account_default f on f.provider = e.provider
         where h.in_period) k
  left join reach r on r.provider = k.provider
                   and (k.billed_account = '' or r.account_id is null or r.account_id = k.billed_account)
 group by k.provider, k.billed_account;

delete from recon.posting where period = $1;
delete from recon.bucket where period = $1;

-- Input and output of match/share.sql, the one way in which amounts are split.
create temporary table share_in (
	pool bigint not null,
	cell bigint not null,    -- in key order within the pool
	amount numeric not null, -- of the pool, repeated
	weight numeric not null  -- Σ over the pool must not be 0
) on commit drop;

create temporary table share_out (
	pool bigint not null,
	cell bigint not null,
	amount numeric not null
) on commit drop;
