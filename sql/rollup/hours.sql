-- Makes the stale hours of the roll-up anew. How many events they hold is not known to the planner: nested loops or
-- merges on a part of the key would be chosen for a handful and met with a month. Hash joins stay right whatever comes.
-- CREATE TABLE AS reads events in parallel, INSERT does not: hence the temporary table.
set local enable_nestloop = off;
set local enable_mergejoin = off;

create temporary table stale_cell on commit drop as
select hour, provider, account_id, region, model, service_tier, team_id, service, environment, tenant_id, feature,
       billing_rule_version, count(*) as events, sum(n_input) as n_input, sum(n_cache_read) as n_cache_read,
       sum(n_cache_write_5m) as n_cache_write_5m, sum(n_cache_write_1h) as n_cache_write_1h, sum(n_output) as n_output,
       sum(r_input) as r_input, sum(r_cache_read) as r_cache_read, sum(r_cache_write_5m) as r_cache_write_5m,
       sum(r_cache_write_1h) as r_cache_write_1h, sum(r_output) as r_output, sum(coalesce(stated_cost, rule_cost)) as computed,
       count(*) filter (where stated_cost is null) as rated_by_closebook, min(request_id collate "C") as first_request_id
  from recon.priced_event
 where billable and "timestamp" >= (select min(hour) from stale_hour)
   and "timestamp" < (select max(hour) from stale_hour) + interval '1 hour'
   and hour in (select hour from stale_hour)
 group by hour, provider, account_id, region, model, service_tier, team_id, service, environment, tenant_id, feature,
          billing_rule_version;

delete from recon.event_hour where hour in (select hour from stale_hour) or (select everything from rollup_scope);

insert into recon.event_hour select * from stale_cell;

analyze recon.event_hour (hour, provider, model, team_id, service);
