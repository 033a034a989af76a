-- Whose cost others bear.
-- $3 period: text
select from_business_unit, basis, to_business_unit, trim_scale(share)::text as share, nullif(valid_from, '-infinity')::text as valid_from,
       nullif(valid_to, 'infinity')::text as valid_to
  from packet_rule p cross join lateral jsonb_populate_record(null::ref.reallocation, p.content) t
 where p.name = 'reallocations' and valid_from < ref.utc_date(ref.period_end($3)) and valid_to > ref.utc_date(ref.period_start($3))
 order by from_business_unit collate "C", to_business_unit collate "C", t.valid_from;
