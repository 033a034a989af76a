-- Step 1, the money: a line's cost goes to the owner of the event that it names.
insert into recon.posting (period, step, provider, business_unit, team_id, service, environment, tenant_id, feature, model,
	usage_class, charge_type, lines, usage_billed, charges, rule_cost, rate, quantity, unmetered, timing)
select period, 'exact', provider, business_unit, team, service, environment, tenant_id, feature, model, usage_class,
       charge_type, lines, usage, charges, r, usage - unmetered - timing - r - quantity, quantity, unmetered, timing
  from (select x.period, x.provider, w.business_unit, w.team, x.service, x.environment, x.tenant_id, x.feature, x.model, x.usage_class, x.charge_type,
               sum(x.lines) as lines, sum(x.rule_cost) as r,
               -- R × (f − 1) of what is matched here
               recon.round_half_even(sum(x.priced) - sum(x.rule_cost), 12) as quantity,
               coalesce(sum(x.cost_usd) filter (where x.charge_type = 'usage'), 0) as usage,
               coalesce(sum(x.cost_usd) filter (where x.charge_type <> 'usage'), 0) as charges,
               coalesce(sum(x.cost_usd) filter (where x.charge_type = 'usage' and not x.billable), 0) as unmetered,
               coalesce(sum(x.cost_usd) filter (where x.charge_type = 'usage' and x.billable and not x.in_period), 0) as timing
          from recon.exact_amount x
          join run_option o on o.period = x.period
          join day_owner w on w.team_id = x.team_id and w.service = x.service and w.day = x.day
         group by x.period, x.provider, w.business_unit, w.team, x.service, x.environment, x.tenant_id, x.feature, x.model, x.usage_class, x.charge_type) g
 where lines > 0;

-- This period's counts that only another period's lines cover.
insert into recon.posting (period, step, provider, business_unit, team_id, service, environment, tenant_id, feature, model,
	usage_class, charge_type, timing)
select o.period, 'unbilled', x.provider, w.business_unit, w.team, x.service, x.environment, x.tenant_id, x.feature, x.model,
       x.usage_class, 'usage', -sum(x.elsewhere)
  from recon.exact_amount x
  join run_option o on o.period = x.period
  join day_owner w on w.team_id = x.team_id and w.service = x.service and w.day = x.day
 where x.elsewhere <> 0
 group by o.period, x.provider, w.business_unit, w.team, x.service, x.environment, x.tenant_id, x.feature, x.model, x.usage_class;
