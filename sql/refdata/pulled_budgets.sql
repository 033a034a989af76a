-- Budgets that a gateway knows and budgets.csv does not, of teams and business units that are known.
-- Result: rows added.
with added as (
	insert into staged_budgets (line, flawed, budget_id, entity_type, entity_id, period, limit_usd, alert_thresholds,
	                            enforced, tier, owner)
	select line, false, budget_id, entity_type, entity_id, period, limit_usd, alert_thresholds, enforced, tier, owner
	  from pulled_budgets p
	 where not flawed
	   and not exists (select from staged_budgets s where s.budget_id = p.budget_id)
	   and case entity_type
	       when 'team' then exists (select from staged_teams t where t.team_id = p.entity_id)
	       when 'business_unit' then exists (select from staged_business_units u where u.business_unit_id = p.entity_id)
	       else true end
	returning budget_id
)
select count(*) from added;
