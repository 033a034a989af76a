-- What is charged beyond cost, or falls short of it; and the proof that everything ties.
insert into recon.charge
select o.period, with_estimate, 'recovery', provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class, trim_scale(sum(a.amount))
  from (select c.with_estimate, c.provider, c.business_unit, c.team_id, c.service, c.environment, c.tenant_id, c.feature, c.model, c.usage_class,
               c.amount * case r.model when 'direct' then r.markup - 1 else -1 end as amount
          from charge_cost c
          join (select distinct business_unit_id as business_unit, model, markup from charge_rule where model <> 'showback') r using (business_unit)
        union all
        select c.with_estimate, c.provider, c.business_unit, c.team_id, c.service, c.environment, c.tenant_id, c.feature, c.model, c.usage_class, s.amount
          from charge_cell c join share_out s using (pool, cell)) a
 cross join run_option o
 group by o.period, with_estimate, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class
having sum(a.amount) <> 0;

do $$
declare
	fault text;
begin
	select format('re-allocations of %s add up to %s', c.provider, sum(c.amount_usd)) into fault
	  from recon.charge c join run_option o on o.period = c.period
	 where c.step <> 'recovery'
	 group by c.with_estimate, c.provider having sum(c.amount_usd) <> 0
	 limit 1;
	select coalesce(fault, format('%s is charged %s, and its model says %s', s.business_unit, s.cost + coalesce(r.recovery, 0), s.amount)) into fault
	  from (select k.with_estimate, k.business_unit, coalesce(t.amount, 0) as amount, sum(k.amount) as cost
	          from charge_cost k
	          join charge_rule r on r.business_unit_id = k.business_unit and r.model in ('allocated', 'tiered') and r.from_tokens = 0
	          left join charge_total t using (with_estimate, business_unit)
	         group by k.with_estimate, k.business_unit, t.amount) s
	  left join (select c.with_estimate, c.business_unit, sum(c.amount_usd) as recovery
	               from recon.charge c join run_option o on o.period = c.period where c.step = 'recovery'
	              group by c.with_estimate, c.business_unit) r using (with_estimate, business_unit)
	 where s.cost + coalesce(r.recovery, 0) <> s.amount
	 limit 1;
	if fault is not null then
		raise exception 'the charges of % do not tie: %', (select period from run_option), fault
			using errcode = 'Z0070', hint = 'this is a fault of closebook; nothing was changed';
	end if;
end $$;
