-- $1 most: bigint   so many problems at most, in the files' order
-- Rows of one file that claim the same key at the same time. Of two, the one that begins later (or stands
-- further down) is named. Result: file, line, message, hint, and how many there are in all.
with keyed as (
	select 1 as place, 'business_units' as file, line, format('business unit "%s"', business_unit_id) as key,
	       pg_temp.validity(valid_from, valid_to) as validity, true as dated
	  from staged_business_units where not flawed
	union all
	select 2, 'teams', line, format('team "%s"', team_id), pg_temp.validity(valid_from, valid_to), true
	  from staged_teams where not flawed
	union all
	select 3, 'services', line, format('service "%s"', service), pg_temp.validity(valid_from, valid_to), true
	  from staged_services where not flawed
	union all
	select 4, 'models', line, format('alias "%s" of %s', alias, provider), pg_temp.validity(null, null), false
	  from staged_models where not flawed
	union all
	select 5, 'prices', line,
	       format('the price of %s %s, %s, tier %s%s, in version "%s"', provider, model, usage_class, service_tier,
	              case when above_input_tokens > 0 then ', above ' || above_input_tokens || ' input tokens' else '' end,
	              billing_rule_version),
	       validity, true
	  from price_in_file where not flawed
	union all
	select 6, 'owners', line, format('the owner of %s %s "%s"', provider, match_kind, match_value),
	       pg_temp.validity(valid_from, valid_to), true
	  from staged_owners where not flawed
	union all
	select 7, 'allocations', line, format('the rule for "%s"', charge_type), pg_temp.validity(null, null), false
	  from staged_allocations where not flawed
	union all
	select 8, 'accounts', line, format('role "%s"', role), pg_temp.validity(null, null), false
	  from staged_accounts where not flawed
	union all
	select 9, 'budgets', line, format('budget "%s" of %s', budget_id, period), pg_temp.validity(null, null), false
	  from staged_budgets where not flawed
	union all
	select 10, 'fx', line, format('the rate of %s in %s', currency, period), pg_temp.validity(null, null), false
	  from staged_fx where not flawed
	union all
	-- (bands of a tiered price are many rows: check_charges)
	select 11, 'chargeback', line, format('the model of "%s"', business_unit_id), pg_temp.validity(valid_from, valid_to), true
	  from staged_chargeback where not flawed and model <> 'tiered'
	union all
	select 12, 'reallocations', line, format('the re-allocation of "%s" to %s', from_business_unit, coalesce('"' || to_business_unit || '"', 'all')),
	       pg_temp.validity(valid_from, valid_to), true
	  from staged_reallocations where not flawed
), reached as (
	select *, max(upper(validity)) over (partition by place, key order by lower(validity), line
	                                     rows between unbounded preceding and 1 preceding) as reach
	  from keyed
), clash as (
	select *, count(*) over () as total
	  from reached
	 where lower(validity) < reach
	 order by place, line
	 limit $1
)
select c.file || '.csv' as file, c.line,
       case when c.dated
            then format('%s is in force twice: %s here, %s on line %s', c.key, pg_temp.validity_text(c.validity),
                        pg_temp.validity_text(other.validity), other.line)
            else format('%s is given twice, here and on line %s', c.key, other.line) end as message,
       case when c.dated then 'valid_to is exclusive: end a row on the day on which the next one begins'
            else 'remove one of the two rows' end as hint,
       c.total
  from clash c
  cross join lateral (
	select k.line, k.validity
	  from keyed k
	 where k.place = c.place and k.key = c.key and k.line <> c.line and k.validity && c.validity
	 order by (lower(k.validity), k.line) < (lower(c.validity), c.line) desc, k.line
	 limit 1) other
 order by c.place, c.line;
