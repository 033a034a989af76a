-- Which business unit a team belongs to.
-- $3 period: text
select team_id, business_unit_id, t.name, cost_center, nullif(valid_from, '-infinity')::text as valid_from, nullif(valid_to, 'infinity')::text as valid_to
  from packet_rule p cross join lateral jsonb_populate_record(null::ref.team, p.content) t
 where p.name = 'teams' and valid_from < ref.utc_date(ref.period_end($3)) and valid_to > ref.utc_date(ref.period_start($3))
 order by team_id collate "C", t.valid_from;
