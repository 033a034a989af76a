-- thresholds.csv: what decides whether a variance is a breach.
-- $3 period: text, $7 percent: numeric, $8 amount: numeric
select v.business_unit, ref.amount_text(coalesce(u.threshold_pct, $7)) as threshold_pct, ref.amount_text(coalesce(u.threshold_usd, $8)) as threshold_usd,
       concat_ws(', ', case when u.threshold_pct is null then 'default per cent' end, case when u.threshold_usd is null then 'default amount' end) as defaults,
       ref.amount_text(abs(v.usage_billed_usd) * coalesce(u.threshold_pct, $7) * 0.01) as percent_of_usage_usd, ref.amount_text(v.tolerance_usd) as tolerance_usd,
       ref.amount_text(v.variance_usd) as variance_usd, v.status, u.owner_login, u.owner_email
  from recon.variance v
  left join lateral (select b.* from packet_rule p cross join lateral jsonb_populate_record(null::ref.business_unit, p.content) b
                      where p.name = 'business_units' and b.business_unit_id = v.business_unit
                        and b.valid_from < ref.utc_date(ref.period_end($3)) and b.valid_to > ref.utc_date(ref.period_start($3))
                      order by b.valid_from desc limit 1) u on true
 where v.period = $3
 order by v.business_unit = 'unattributed', v.business_unit collate "C";
