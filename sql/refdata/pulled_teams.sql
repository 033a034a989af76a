-- Teams that a gateway knows and teams.csv does not, for as long as their business unit is in force. Those of a unit that
-- business_units.csv lacks are left out: a gateway's owner makes teams at any time, and must not stop a load.
-- Result: rows added, teams left out, the units that are missing.
with added as (
	insert into staged_teams (line, flawed, team_id, business_unit_id, name, cost_center, valid_from, valid_to)
	select p.line, false, p.team_id, p.business_unit_id, p.name, p.cost_center,
	       case when isfinite(lower(v.validity)) then lower(v.validity)::text end,
	       case when isfinite(upper(v.validity)) then upper(v.validity)::text end
	  from pulled_teams p
	  join staged_business_units u using (business_unit_id)
	 cross join lateral (
		select pg_temp.validity(p.valid_from, p.valid_to) * pg_temp.validity(u.valid_from, u.valid_to) as validity) v
	 where not p.flawed and not u.flawed and not isempty(v.validity)
	   and not exists (select from staged_teams s where s.team_id = p.team_id)
	returning team_id
), left_out as (
	select p.team_id, p.business_unit_id
	  from pulled_teams p
	 where not p.flawed
	   and not exists (select from staged_business_units u where u.business_unit_id = p.business_unit_id)
	   and not exists (select from staged_teams s where s.team_id = p.team_id)
)
select (select count(*) from added), count(distinct team_id),
       left(string_agg(distinct business_unit_id, ', ' order by business_unit_id), 200)
  from left_out;
