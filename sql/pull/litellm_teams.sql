-- Teams as rows of teams.csv, from a LiteLLM that does not keep deleted teams (pull/litellm_all_teams does otherwise).
-- $1 kind: text[], $2 name: text[]   where a team's business unit is taken from: organization, or NAME of its metadata
-- Result: team_id, business_unit_id, name, cost_center, valid_from, valid_to. Without business unit a team is left out.
select t.team_id, u.unit as business_unit_id, t.team_alias as name, null as cost_center, null as valid_from, null as valid_to
  from "LiteLLM_TeamTable" t
 cross join lateral (
	select case o.kind when 'organization' then t.organization_id when 'metadata' then t.metadata ->> o.name end as unit
	  from unnest($1, $2) with ordinality as o (kind, name, place)
	 where btrim(case o.kind when 'organization' then t.organization_id when 'metadata' then t.metadata ->> o.name end) <> ''
	 order by o.place
	 limit 1) u
 order by t.team_id collate "C";
