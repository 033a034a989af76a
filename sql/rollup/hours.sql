-- Makes the stale hours of the roll-up anew. How many events they hold is not known to the planner: nested loops would be
-- or merges on a part of the key chosen for a handful and met with a month. Hash joins stay right whatever comes.
set local enable_nestloop = off;
set local enable_mergejoin = off;

create temporary table stale_event on commit drop as
select e.*, coalesce(e.stated_cost, e.rule_cost) as computed
  from recon.priced_event e
 where e.hour >= (select min(hour) from stale_hour) and e.hour <= (select max(hour) from stale_hour)
   and e."timestamp" >= (select min(hour) from stale_hour)
   and e."timestamp" < (select max(hour) from stale_hour) + interval '1 hour'
   and e.hour in (select hour from stale_hour);

delete from recon.event_hour where hour in (select hour from stale_hour) or (select everything from rollup_scope);

insert into recon.event_hour
select hour, provider, account_id, region, model, service_tier, team_id, service, environment, tenant_id, feature,
       billing_rule_version, count(*), sum(n_input), sum(n_cache_read), sum(n_cache_write_5m), sum(n_cache_write_1h),
       sum(n_output), sum(r_input), sum(r_cache_read), sum(r_cache_write_5m), sum(r_cache_write_1h), sum(r_output),
       sum(computed), count(*) filter (where stated_cost is null), min(request_id collate "C")
  from stale_event
 where billable
 group by hour, provider, account_id, region, model, service_tier, team_id, service, environment, tenant_id, feature,
          billing_rule_version;
