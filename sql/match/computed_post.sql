-- Computed cost and rating, by class.
insert into recon.posting (period, step, provider, business_unit, team_id, service, environment, tenant_id, feature, model,
	usage_class, charge_type, computed, rating)
select o.period, 'event', c.provider, c.business_unit, c.team, c.service, c.environment, c.tenant_id, c.feature, c.model, k.class,
       'usage', s.amount, k.r - s.amount
  from computed_cell c
  cross join lateral unnest(c.r, c.class) with ordinality as k (r, class, cell)
  join share_out s on s.pool = c.pool and s.cell = k.cell
  cross join run_option o
 where k.r <> 0 or s.amount <> 0;
