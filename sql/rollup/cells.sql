-- One pass over the events of the stale hours: by the hour and everything they name, as they name it. What
-- follows reads these few cells, so that names are made canonical, and prices looked up and multiplied, once per cell and
-- not once per event. (The hours are parameters, because a plan that knows them reads a month in parallel and a day by
-- its block ranges.)
-- $2 from: timestamptz, $3 to: timestamptz, $4 hours: timestamptz[]
delete from recon.price_band where (select everything from rollup_scope);

insert into recon.price_band
select provider, model, array_agg(distinct above_input_tokens order by above_input_tokens)
  from ref.price
 where above_input_tokens > 0 and (select everything from rollup_scope)
 group by provider, model;

update recon.price_epoch
   set boundaries = coalesce((select array_agg(day order by day)
                                from (select valid_from as day from ref.price where isfinite(valid_from)
                                      union select valid_to from ref.price where isfinite(valid_to)) days), '{}')
 where (select everything from rollup_scope);

select ops.settle(name) from unnest('{recon.price_band, recon.uncounted_event}'::regclass[]) name;

-- (Hashed whatever the planner makes of so many columns: there are few cells.)
set local enable_sort = off;

create temporary table event_cell on commit drop as
select hour, provider, model, service_tier, batch, billing_rule_version, unit_price, band, account_id, region, team_id, service, environment,
       tenant_id, feature, computed_cost_usd is null as is_unrated, billable, count(*) as events, sum(n_input) as n_input,
       sum(n_cache_read) as n_cache_read, sum(n_cache_write_5m) as n_cache_write_5m, sum(n_cache_write_1h) as n_cache_write_1h,
       sum(n_output) as n_output, sum(computed_cost_usd) as stated_cost, min(request_id collate "C") as first_request_id
  from recon.counted_event
 where "timestamp" >= $2 and "timestamp" < $3 and hour = any ($4)
 group by hour, provider, model, service_tier, batch, billing_rule_version, unit_price, band, account_id, region, team_id, service, environment,
          tenant_id, feature, computed_cost_usd is null, billable;

set local enable_sort = on;

analyze event_cell;
