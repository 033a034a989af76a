-- Makes the stale hours of the roll-up anew, from the billable cells: names made canonical, counts times prices.
delete from recon.event_hour where hour in (select hour from stale_hour) or (select everything from rollup_scope);

insert into recon.event_hour
select hour, provider, account_id, region, model, service_tier, team_id, service, environment, tenant_id, feature,
       billing_rule_version, sum(events), sum(n_input), sum(n_cache_read), sum(n_cache_write_5m), sum(n_cache_write_1h), sum(n_output),
       sum(r_input), sum(r_cache_read), sum(r_cache_write_5m), sum(r_cache_write_1h), sum(r_output),
       sum(case when is_unrated then r_input + r_cache_read + r_cache_write_5m + r_cache_write_1h + r_output else stated_cost end),
       sum(case when is_unrated then events else 0 end), min(first_request_id collate "C")
  from (select c.hour, c.provider, coalesce(c.account_id, '') as account_id, coalesce(c.region, '') as region,
               coalesce(a.model, c.model, '') as model, ref.tier(c.service_tier, c.batch) as service_tier,
               coalesce(c.team_id, '') as team_id, coalesce(c.service, '') as service, ref.environment(c.environment) as environment,
               coalesce(c.tenant_id, '') as tenant_id, coalesce(c.feature, '') as feature,
               coalesce(c.billing_rule_version, '') as billing_rule_version, c.events, c.is_unrated, c.stated_cost, c.first_request_id,
               c.n_input, c.n_cache_read, c.n_cache_write_5m, c.n_cache_write_1h, c.n_output,
               coalesce(c.n_input * r.input, 0) as r_input, coalesce(c.n_cache_read * r.cache_read, 0) as r_cache_read,
               coalesce(c.n_cache_write_5m * r.cache_write_5m, 0) as r_cache_write_5m,
               coalesce(c.n_cache_write_1h * r.cache_write_1h, 0) as r_cache_write_1h, coalesce(c.n_output * r.output, 0) as r_output
          from event_cell c
          left join ref.model_alias a on a.provider = c.provider and a.alias = c.model
          left join recon.rate_of(c.provider, c.model, c.service_tier, c.batch, c.billing_rule_version, c.unit_price, c.hour, c.band) r on true
         where c.billable) k
 group by hour, provider, account_id, region, model, service_tier, team_id, service, environment, tenant_id, feature,
          billing_rule_version;

select ops.settle('recon.event_hour', 'hour', 'provider', 'model', 'team_id', 'service');
