-- Step 1: the events that lines with a request id name, whatever their month or status, and which of their classes are covered.
create temporary table exact_event on commit drop as
select e.*, coalesce(e.stated_cost, e.rule_cost) as computed,
       e."timestamp" >= o.period_start and e."timestamp" < o.period_end as in_period,
       c.own_classes, c.any_classes, c.own_rest, c.any_rest
  from (select provider, request_id,
               array_agg(distinct usage_class) filter (where charge_type = 'usage' and own and usage_class <> '') as own_classes,
               array_agg(distinct usage_class) filter (where charge_type = 'usage' and usage_class <> '') as any_classes,
               coalesce(bool_or(usage_class = '') filter (where charge_type = 'usage' and own), false) as own_rest,
               coalesce(bool_or(usage_class = '') filter (where charge_type = 'usage'), false) as any_rest
          from exact_line
         group by provider, request_id) c
  join recon.priced_event e on e.provider = c.provider and e.request_id = c.request_id
  cross join run_option o;

analyze exact_event;

-- The classes of each event, and who covers them: a line of this period, one of another, or none that names the class
-- but one that names none (it covers what no other line does).
create temporary table exact_class on commit drop as
select e.provider, e.request_id, e."timestamp", e.account_id, e.region, e.model, e.service_tier, e.api_key_id, e.resource_id,
       e.team_id, e.service, e.environment, e.tenant_id, e.feature, e.billable, e.in_period, k.class, k.n, k.price, k.r,
       k.class = any (e.any_classes) is true as is_named,
       k.class = any (e.own_classes) is true or (e.own_rest and k.class = any (e.any_classes) is not true) as by_own,
       k.class = any (e.any_classes) is true or e.any_rest as by_any
  from exact_event e
  cross join lateral (values ('input', n_input, p_input, r_input), ('cache_read', n_cache_read, p_cache_read, r_cache_read),
                             ('cache_write_5m', n_cache_write_5m, p_cache_write_5m, r_cache_write_5m),
                             ('cache_write_1h', n_cache_write_1h, p_cache_write_1h, r_cache_write_1h),
                             ('output', n_output, p_output, r_output)) k (class, n, price, r)
 where k.n > 0;

analyze exact_class;
