-- Step 4, the money.
insert into recon.posting (period, step, provider, business_unit, team_id, service, environment, tenant_id, feature, model,
	usage_class, charge_type, lines, usage_billed, unmetered, charges)
select o.period, 'policy', p.provider, c.business_unit, '', '', '', '', '', p.model, p.usage_class, p.charge_type, p.lines,
       case when p.charge_type = 'usage' then s.amount else 0 end, case when p.charge_type = 'usage' then s.amount else 0 end,
       case when p.charge_type = 'usage' then 0 else s.amount end
  from policy_pool p
  join policy_cell c using (pool)
  join share_out s on s.pool = c.pool and s.cell = c.cell
  cross join run_option o;
