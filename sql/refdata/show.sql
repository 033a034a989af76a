-- $1 name: text   of the file, "teams"
-- $2 day: date    on which rows are in force
-- The rows of one table that are in force, as JSON objects in key order. Decimals are text: JSON numbers lose digits
-- in many readers.
with shown as (
	select 'business_units' as name, row_to_json(r) as row, business_unit_id as key1, '' as key2, '' as key3
	  from (select business_unit_id, name, cost_center, expense_account, owner_email, owner_login,
	               threshold_pct::text, threshold_usd::text,
	               nullif(valid_from, '-infinity') as valid_from, nullif(valid_to, 'infinity') as valid_to
	          from ref.business_unit where ref.in_force(valid_from, valid_to, $2)) r
	union all
	select 'teams', row_to_json(r), team_id, '', ''
	  from (select team_id, business_unit_id, name, cost_center,
	               nullif(valid_from, '-infinity') as valid_from, nullif(valid_to, 'infinity') as valid_to
	          from ref.team where ref.in_force(valid_from, valid_to, $2)) r
	union all
	select 'services', row_to_json(r), service, '', ''
	  from (select service, team_id,
	               nullif(valid_from, '-infinity') as valid_from, nullif(valid_to, 'infinity') as valid_to
	          from ref.service where ref.in_force(valid_from, valid_to, $2)) r
	union all
	select 'models', row_to_json(r), provider, alias, '' from ref.model_alias r
	union all
	select 'prices', row_to_json(r), provider || ' ' || model, usage_class || ' ' || service_tier,
	       billing_rule_version || ' ' || lpad(above_input_tokens::text, 20)
	  from (select billing_rule_version, provider, model, usage_class, service_tier, above_input_tokens,
	               per_units::text, price_usd::text,
	               nullif(valid_from, '-infinity') as valid_from, nullif(valid_to, 'infinity') as valid_to, origin
	          from ref.price where ref.in_force(valid_from, valid_to, $2)) r
	union all
	select 'owners', row_to_json(r), provider, match_kind, match_value
	  from (select provider, match_kind, match_value, team_id,
	               nullif(valid_from, '-infinity') as valid_from, nullif(valid_to, 'infinity') as valid_to
	          from ref.owner where ref.in_force(valid_from, valid_to, $2)) r
	union all
	select 'allocations', row_to_json(r), charge_type, '', '' from ref.allocation r
	union all
	select 'accounts', row_to_json(r), role, '', '' from ref.account r
	union all
	select 'budgets', row_to_json(r), budget_id, period, ''
	  from (select budget_id, entity_type, entity_id, period, limit_usd::text, alert_thresholds, enforced, tier, owner
	          from ref.budget) r
	union all
	select 'fx', row_to_json(r), period, currency, ''
	  from (select period, currency, usd_rate::text from ref.fx) r
	union all
	select 'chargeback', row_to_json(r), business_unit_id, lpad(from_tokens, 40), ''
	  from (select business_unit_id, model, markup::text, pool_usd::text, case model when 'tiered' then from_tokens::text else '' end as from_tokens,
	               to_tokens::text, usd_per_million::text,
	               nullif(valid_from, '-infinity') as valid_from, nullif(valid_to, 'infinity') as valid_to
	          from ref.chargeback where ref.in_force(valid_from, valid_to, $2)) r
	union all
	select 'reallocations', row_to_json(r), from_business_unit, to_business_unit, ''
	  from (select from_business_unit, basis, to_business_unit, share::text,
	               nullif(valid_from, '-infinity') as valid_from, nullif(valid_to, 'infinity') as valid_to
	          from ref.reallocation where ref.in_force(valid_from, valid_to, $2)) r
)
select row::text
  from shown
 where name = $1
 order by key1 collate "C", key2 collate "C", key3 collate "C";
