-- Who bears lines without events.
-- $3 period: text
select provider, match_kind, match_value, team_id, nullif(valid_from, '-infinity')::text as valid_from, nullif(valid_to, 'infinity')::text as valid_to
  from packet_rule p cross join lateral jsonb_populate_record(null::ref.owner, p.content) t
 where p.name = 'owners' and (provider in (select provider from packet_posting) or provider in (select coalesce(k.provider, t.provider) from packet_key k))
   and valid_from < ref.utc_date(ref.period_end($3)) and valid_to > ref.utc_date(ref.period_start($3))
 order by provider collate "C", match_kind, match_value collate "C", t.valid_from;
