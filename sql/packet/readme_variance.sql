-- Each variance in the packet, its tolerance and its causes, and who signed it.
-- $3 period: text, $7 percent: numeric, $8 amount: numeric
with unit as (
	select v.*, t.threshold_pct, t.threshold_usd, abs(v.usage_billed_usd) * coalesce(t.threshold_pct, $7) * 0.01 as by_percent,
	       coalesce(t.threshold_pct, $7) as pct, coalesce(t.threshold_usd, $8) as usd
	  from recon.variance v
	  left join lateral (select b.* from ref.business_unit b
	                      where b.business_unit_id = v.business_unit and b.valid_from < ref.utc_date(ref.period_end($3)) and b.valid_to > ref.utc_date(ref.period_start($3))
	                      order by b.valid_from desc limit 1) t on true
	 where v.period = $3 and v.business_unit in (select business_unit from packet_posting)
)
select text
  from (select business_unit, 1 as place, 0::bigint as entry_no,
               format('%s: usage billed %s − computed by the gateway %s = variance %s%s.', business_unit, ref.amount_text(usage_billed_usd), ref.amount_text(computed_usd),
                      ref.amount_text(variance_usd), coalesce(format(' (%s %% of usage billed)', variance_pct), '')) as text
          from unit
        union all
        select business_unit, 2, 0,
               case when tolerance_usd = greatest(by_percent, usd)
                    then format('%s: the tolerance is the larger of %s %% of usage billed = %s and %s, so %s. ', business_unit, trim_scale(pct), ref.amount_text(by_percent), ref.amount_text(usd),
                                ref.amount_text(tolerance_usd))
                    else format('%s: the tolerance was %s, by thresholds that are no longer those in thresholds.csv. ', business_unit, ref.amount_text(tolerance_usd)) end
               || format('The variance without its sign, %s, is %s: %s.', ref.amount_text(abs(variance_usd)), case when status = 'breach' then 'larger' else 'not larger' end, status)
          from unit
        union all
        select business_unit, 3, 0,
               format('%s: the causes are rating %s + rate %s + quantity %s + unbilled %s + unmetered %s + timing %s + rounding %s = %s.', business_unit, ref.amount_text(rating_usd),
                      ref.amount_text(rate_usd), ref.amount_text(quantity_usd), ref.amount_text(unbilled_usd), ref.amount_text(unmetered_usd), ref.amount_text(timing_usd),
                      ref.amount_text(rounding_usd), ref.amount_text(variance_usd))
          from unit
        union all
        select business_unit, 4, 0, format('%s: with charges (tax, credits, fees) of %s it was billed %s.', business_unit, ref.amount_text(charges_usd), ref.amount_text(billed_usd)) from unit
        union all
        select u.business_unit, 5, s.entry_no,
               format('%s: %s signed %s off on %s, as %s: %s (entry %s)%s.', u.business_unit, e.login, ref.amount_text(s.variance_usd), to_char(e.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
                      s.cause, s.reason, s.entry_no, case when s.variance_usd <> u.variance_usd or s.tolerance_usd <> u.tolerance_usd then '; the amount has changed since, so it counts no more' else '' end)
          from unit u join ledger.sign_off s on s.period = $3 and s.business_unit = u.business_unit join ledger.entry e on e.entry_no = s.entry_no
        union all
        select business_unit, 6, 0, format('%s: nobody signed it off.', business_unit)
          from unit u where status = 'breach' and not exists (select from ledger.sign_off s where s.period = $3 and s.business_unit = u.business_unit)) t
 order by business_unit = 'unattributed', business_unit collate "C", place, entry_no;
