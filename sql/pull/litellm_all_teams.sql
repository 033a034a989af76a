-- Teams as rows of teams.csv, those that were deleted too. A deleted team is in force up to and with the day on which
-- it was deleted: calls of that day are still its own. An id that is used again is another team from the next day on.
-- $1 kind: text[], $2 name: text[]   where a team's business unit is taken from: organization, or NAME of its metadata
-- Result: team_id, business_unit_id, name, cost_center, valid_from, valid_to. Without business unit a team is left out.
with kept as (
	select team_id, team_alias, organization_id, metadata, null::date as ended
	  from "LiteLLM_TeamTable"
	union all
	(select distinct on (team_id, deleted_at::date)
	        team_id, team_alias, organization_id, metadata, deleted_at::date + 1
	   from "LiteLLM_DeletedTeamTable"
	  order by team_id, deleted_at::date, deleted_at desc)
), team as (
	select *, lag(ended) over (partition by team_id order by ended nulls last) as began
	  from kept
)
select t.team_id, u.unit as business_unit_id, t.team_alias as name, null as cost_center, t.began as valid_from, t.ended as valid_to
  from team t
 cross join lateral (
	select case o.kind when 'organization' then t.organization_id when 'metadata' then t.metadata ->> o.name end as unit
	  from unnest($1, $2) with ordinality as o (kind, name, place)
	 where btrim(case o.kind when 'organization' then t.organization_id when 'metadata' then t.metadata ->> o.name end) <> ''
	 order by o.place
	 limit 1) u
 order by t.team_id collate "C", t.ended nulls last;
