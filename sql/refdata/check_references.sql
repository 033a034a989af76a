-- $1 most: bigint   so many problems at most, in the files' order
-- What one file says of another. Result: file, line, message, hint, and how many there are in all.
with unit as (
	select business_unit_id, range_agg(pg_temp.validity(valid_from, valid_to)) as in_force
	  from staged_business_units
	 where business_unit_id is not null
	 group by business_unit_id
), team as (
	select team_id, range_agg(pg_temp.validity(valid_from, valid_to)) as in_force
	  from staged_teams
	 where team_id is not null
	 group by team_id
), reserved as (
	select 1 as place, 'business_units' as file, line,
	       format('"%s" is no name for a business unit: reports use it', business_unit_id) as message,
	       'choose another business_unit_id' as hint
	  from staged_business_units
	 where not flawed and lower(business_unit_id) in ('unattributed', 'total')
), team_unit as (
	select 2, 'teams', t.line,
	       case when u.business_unit_id is null
	            then format('business unit "%s" of team "%s" is not in business_units.csv', t.business_unit_id, t.team_id)
	            else format('team "%s" is in force when its business unit "%s" is not: %s', t.team_id, t.business_unit_id,
	                        pg_temp.validity_text(gap.missing)) end,
	       case when u.business_unit_id is null then 'add the business unit, or mend the id'
	            else 'end the team with its business unit, and give it another one from then on' end
	  from staged_teams t
	  left join unit u using (business_unit_id)
	  cross join lateral (
		select missing
		  from unnest(datemultirange(pg_temp.validity(t.valid_from, t.valid_to)) - coalesce(u.in_force, '{}')) missing
		 order by missing
		 limit 1) gap
	 where not t.flawed
), team_user as (
	select 3 as place, 'services' as file, line, team_id, pg_temp.validity(valid_from, valid_to) as validity,
	       format('service "%s"', service) as subject
	  from staged_services where not flawed
	union all
	select 6, 'owners', line, team_id, pg_temp.validity(valid_from, valid_to),
	       format('%s %s "%s"', provider, match_kind, match_value)
	  from staged_owners where not flawed
), owner_team as (
	select o.place, o.file, o.line,
	       case when t.team_id is null then format('team "%s" of %s is not in teams.csv', o.team_id, o.subject)
	            else format('team "%s" is never in force while it owns %s (%s)', o.team_id, o.subject,
	                        pg_temp.validity_text(o.validity)) end,
	       case when t.team_id is null then 'add the team, or mend the id'
	            else 'mend the dates here or in teams.csv' end
	  from team_user o
	  left join team t using (team_id)
	 where t.team_id is null or not t.in_force && o.validity
), alias_chain as (
	select 4, 'models', m.line,
	       format('"%s" is itself an alias of %s, of "%s" (line %s)', m.model, m.provider, next.model, next.line),
	       format('name the canonical model "%s" here', next.model)
	  from staged_models m
	  join staged_models next on next.provider = m.provider and next.alias = m.model and next.model <> next.alias
	 where not m.flawed and m.alias <> m.model
), price_alias as (
	select 5, 'prices', p.line,
	       format('"%s" is an alias of %s, of "%s" (models.csv, line %s): a price names the canonical model', p.model,
	              p.provider, m.model, m.line),
	       format('write "%s" as the model', m.model)
	  from staged_prices p
	  join staged_models m on m.provider = p.provider and m.alias = p.model and m.model <> m.alias
	 where not p.flawed
), imported as (
	select distinct billing_rule_version, origin from ref.price where origin <> 'refdata'
), price_imported as (
	select 5, 'prices', p.line,
	       format('version "%s" is already there, imported from %s', p.billing_rule_version, i.origin),
	       'give the prices of this file another billing_rule_version'
	  from staged_prices p
	  join imported i using (billing_rule_version)
	 where not p.flawed
), allocation_target as (
	select 7, 'allocations', a.line,
	       case when a.method = 'pro_rata' then format('method pro_rata takes no target, and this is "%s"', a.target)
	            when a.target is null then 'method business_unit needs a target'
	            else format('business unit "%s" is not in business_units.csv', a.target) end,
	       case when a.method = 'pro_rata' then 'leave target empty, or write business_unit'
	            else 'target is the business_unit_id that pays it all' end
	  from staged_allocations a
	 where not a.flawed
	   and case a.method when 'pro_rata' then a.target is not null
	                     else a.target is null or not exists (select from unit u where u.business_unit_id = a.target) end
), budget_entity as (
	select 9, 'budgets', b.line,
	       format('%s "%s" of budget "%s" is in no reference file', b.entity_type, b.entity_id, b.budget_id),
	       'mend the entity_id'
	  from staged_budgets b
	 where not b.flawed
	   and case b.entity_type
	       when 'business_unit' then not exists (select from unit u where u.business_unit_id = b.entity_id)
	       when 'team' then not exists (select from team t where t.team_id = b.entity_id)
	       when 'service' then not exists (select from staged_services s where s.service = b.entity_id)
	       else false end
), problem as (
	select * from reserved
	union all select * from team_unit
	union all select * from owner_team
	union all select * from alias_chain
	union all select * from price_alias
	union all select * from price_imported
	union all select * from allocation_target
	union all select * from budget_entity
)
select file || '.csv' as file, line, message, hint, count(*) over () as total
  from problem
 order by place, line, message collate "C"
 limit $1;
