-- Whose a service is.
-- $3 period: text
select service, team_id, nullif(valid_from, '-infinity')::text as valid_from, nullif(valid_to, 'infinity')::text as valid_to
  from packet_rule p cross join lateral jsonb_populate_record(null::ref.service, p.content) t
 where p.name = 'services' and valid_from < ref.utc_date(ref.period_end($3)) and valid_to > ref.utc_date(ref.period_start($3))
 order by service collate "C", t.valid_from;
