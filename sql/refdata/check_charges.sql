-- $1 most: bigint   so many problems at most, in the files' order
-- Whether models and re-allocations say at every time what is charged, and to whom. Of two rows that contradict one
-- another, the one further down is named. Result: file, line, message, hint, and how many there are in all.
with unit as (
	select business_unit_id, range_agg(pg_temp.validity(valid_from, valid_to)) as in_force
	  from staged_business_units
	 where business_unit_id is not null
	 group by business_unit_id
), charge as (
	select line, business_unit_id as unit, model, markup, pool_usd, from_tokens, to_tokens, usd_per_million,
	       coalesce(from_tokens, '0')::numeric as band_from, to_tokens::numeric as band_to, pg_temp.validity(valid_from, valid_to) as validity
	  from staged_chargeback where not flawed
), tier as (
	select * from charge where model = 'tiered' and (band_to is null or band_to > band_from)
), move as (
	select line, from_business_unit as unit, basis, to_business_unit as receiver, share,
	       case basis when 'fixed' then share else coalesce(share, '1') end::numeric as part,
	       case basis when 'fixed' then basis
	                  else format('usage, %s of it to %s', coalesce(share, '1'), case when to_business_unit is null then 'all' else 'some' end) end as way,
	       pg_temp.validity(valid_from, valid_to) as validity
	  from staged_reallocations where not flawed
), unknown_unit as (
	select r.place, r.file, r.line,
	       case when u.business_unit_id is null then format('business unit "%s" is not in business_units.csv', r.unit)
	            else format('business unit "%s" is never in force in that time (%s)', r.unit, pg_temp.validity_text(r.validity)) end as message,
	       case when u.business_unit_id is null then 'add the business unit, or mend the id'
	            else 'mend the dates here or in business_units.csv' end as hint
	  from (select 11 as place, 'chargeback' as file, line, unit, validity from charge
	        union all
	        select 12, 'reallocations', m.line, n.unit, m.validity
	          from move m cross join lateral (values (m.unit), (m.receiver)) n (unit)
	         where n.unit is not null) r
	  left join unit u on u.business_unit_id = r.unit
	 where u.business_unit_id is null or not u.in_force && r.validity
), foreign_field as (
	select 11, 'chargeback', c.line, format('%s is "%s", and model %s has none', f.name, f.value, c.model),
	       format('only model %s has one: leave it empty, or change the model', f.model)
	  from charge c
	 cross join lateral (values ('markup', c.markup, 'direct'), ('pool_usd', c.pool_usd, 'allocated'), ('from_tokens', c.from_tokens, 'tiered'),
	                            ('to_tokens', c.to_tokens, 'tiered'), ('usd_per_million', c.usd_per_million, 'tiered')) f (name, value, model)
	 where f.value is not null and f.model <> c.model
), missing_field as (
	select 11, 'chargeback', line, format('model %s needs %s', model, case model when 'tiered' then 'usd_per_million' else 'pool_usd' end),
	       case model when 'tiered' then 'it is the price of a million tokens in this band' else 'it is what all allocated business units share' end
	  from charge
	 where model = 'tiered' and usd_per_million is null or model = 'allocated' and pool_usd is null
), empty_band as (
	select 11, 'chargeback', line, format('the band ends at %s tokens, where it begins or before', band_to),
	       'to_tokens is exclusive; the last band has none'
	  from charge where model = 'tiered' and band_to <= band_from
), mixed_model as (
	select 11, 'chargeback', a.line, format('"%s" has two models at a time (%s): %s here, %s on line %s', a.unit,
	                                        pg_temp.validity_text(a.validity * b.validity), a.model, b.model, b.line),
	       'end one on the day on which the other begins'
	  from charge a
	 cross join lateral (select * from charge o where o.unit = a.unit and o.line < a.line and o.validity && a.validity and o.model <> a.model
	                                             and 'tiered' in (o.model, a.model) order by o.line limit 1) b -- (others: check_keys)
), band_overlap as (
	select 11, 'chargeback', a.line, format('two bands of "%s" overlap (%s): from %s tokens here, from %s on line %s', a.unit,
	                                        pg_temp.validity_text(a.validity * b.validity), a.band_from, b.band_from, b.line),
	       'to_tokens is exclusive: a band ends where the next one begins'
	  from tier a
	 cross join lateral (select * from tier o where o.unit = a.unit and o.line < a.line and o.validity && a.validity
	                                           and numrange(o.band_from, o.band_to) && numrange(a.band_from, a.band_to) order by o.line limit 1) b
), band_gap as (
	select 11, 'chargeback', t.line, format('no band of "%s" reaches up to %s tokens, where this one begins (%s)', t.unit, t.band_from,
	                                        pg_temp.validity_text(gap.missing)), 'the first band begins at 0, every other where one ends'
	  from tier t
	 cross join lateral (
		select missing
		  from unnest(datemultirange(t.validity)
		              - coalesce((select range_agg(o.validity) from tier o where o.unit = t.unit and o.band_from < t.band_from
		                                                                     and (o.band_to is null or o.band_to >= t.band_from)), '{}')) missing
		 order by missing
		 limit 1) gap
	 where t.band_from > 0
), band_end as (
	select 11, 'chargeback', t.line, format('"%s" has no price for tokens above %s (%s)', t.unit, t.band_to, pg_temp.validity_text(gap.missing)),
	       'leave to_tokens of the last band empty'
	  from tier t
	 cross join lateral (
		select missing
		  from unnest(datemultirange(t.validity)
		              - coalesce((select range_agg(o.validity) from tier o where o.unit = t.unit and o.line <> t.line
		                                                                     and (o.band_to is null or o.band_from >= t.band_to)), '{}')) missing
		 order by missing
		 limit 1) gap
	 where t.band_to is not null
), two_pools as (
	select 11, 'chargeback', a.line, format('the pool is %s USD here and %s on line %s (%s)', a.pool_usd, b.pool_usd, b.line,
	                                        pg_temp.validity_text(a.validity * b.validity)),
	       'there is one pool at a time: allocated rows that are in force together name the same'
	  from charge a
	 cross join lateral (select * from charge o where o.model = 'allocated' and o.line < a.line and o.validity && a.validity and o.pool_usd <> a.pool_usd
	                      order by o.line limit 1) b
	 where a.model = 'allocated'
), to_itself as (
	select 12, 'reallocations', line, format('"%s" is re-allocated to itself', unit), 'what is not re-allocated stays with it'
	  from move where receiver = unit
), fixed_field as (
	select 12, 'reallocations', line, format('basis fixed needs %s', case when receiver is null then 'to_business_unit' else 'share' end),
	       'a share is a part of 1: 0.25 is a quarter; basis usage needs neither'
	  from move where basis = 'fixed' and (receiver is null or share is null)
), mixed_basis as (
	select 12, 'reallocations', a.line, format('"%s" is re-allocated in two ways at a time (%s): %s here, %s on line %s', a.unit,
	                                           pg_temp.validity_text(a.validity * b.validity), a.way, b.way, b.line),
	       'rows of basis usage that are in force together name the same share, and either one business unit each or none'
	  from move a
	 cross join lateral (select * from move o where o.unit = a.unit and o.line < a.line and o.validity && a.validity and o.way <> a.way
	                      order by o.line limit 1) b
), too_much as (
	select 12, 'reallocations', a.line, format('the shares of "%s" add up to %s on %s', a.unit, s.part,
	                                           case when isfinite(lower(a.validity)) then lower(a.validity)::text else 'its first day' end),
	       'a share is a part of 1: 0.25 is a quarter'
	  from move a
	 cross join lateral (select sum(o.part) as part, max(o.line) filter (where lower(o.validity) = lower(a.validity)) as last
	                       from move o where o.unit = a.unit and o.validity @> lower(a.validity)) s
	 where a.basis = 'fixed' and s.part > 1 and a.line = s.last
	union all
	select 12, 'reallocations', line, format('the share of "%s" is %s', unit, part), 'a share is a part of 1: 0.25 is a quarter'
	  from move where basis = 'usage' and part > 1
), chain as (
	select 12, 'reallocations', a.line, format('"%s" receives while it is re-allocated itself (%s, line %s)', a.receiver,
	                                           pg_temp.validity_text(a.validity * b.validity), b.line),
	       'name who bears it in the end'
	  from move a
	 cross join lateral (select * from move o where o.unit = a.receiver and o.validity && a.validity order by o.line limit 1) b
	 where a.receiver <> a.unit
), charged_twice as (
	select 12, 'reallocations', a.line, format('"%s" is re-allocated while its model is %s (%s, chargeback.csv line %s)', a.unit, c.model,
	                                           pg_temp.validity_text(a.validity * c.validity), c.line),
	       'its usage would be charged twice: once to it, once to those that receive its cost'
	  from move a
	 cross join lateral (select * from charge o where o.unit = a.unit and o.validity && a.validity and o.model in ('allocated', 'tiered')
	                      order by o.line limit 1) c
), problem as (
	select * from unknown_unit
	union all select * from foreign_field
	union all select * from missing_field
	union all select * from empty_band
	union all select * from mixed_model
	union all select * from band_overlap
	union all select * from band_gap
	union all select * from band_end
	union all select * from two_pools
	union all select * from to_itself
	union all select * from fixed_field
	union all select * from mixed_basis
	union all select * from too_much
	union all select * from chain
	union all select * from charged_twice
)
select file || '.csv' as file, line, message, hint, count(*) over () as total
  from problem
 order by place, line, message collate "C"
 limit $1;
