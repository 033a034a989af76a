-- Who is charged.
-- $3 period: text
select business_unit_id, t.name, cost_center, expense_account, owner_email, owner_login, trim_scale(threshold_pct)::text as threshold_pct,
       trim_scale(threshold_usd)::text as threshold_usd, nullif(valid_from, '-infinity')::text as valid_from, nullif(valid_to, 'infinity')::text as valid_to
  from packet_rule p cross join lateral jsonb_populate_record(null::ref.business_unit, p.content) t
 where p.name = 'business_units' and valid_from < ref.utc_date(ref.period_end($3)) and valid_to > ref.utc_date(ref.period_start($3))
 order by business_unit_id collate "C", t.valid_from;
