-- One business unit's row of the variance. $1 is PERIOD/BUSINESS_UNIT. One row.
-- $1 id: text, $4 style: text
select period, business_unit, ref.amount_as(computed_usd, $4) as computed_usd, ref.amount_as(usage_billed_usd, $4) as usage_billed_usd,
       ref.amount_as(variance_usd, $4) as variance_usd, round(variance_pct, case when $4 = 'screen' then 2 else 6 end)::text as variance_pct,
       ref.amount_as(tolerance_usd, $4) as tolerance_usd, status, ref.amount_as(charges_usd, $4) as charges_usd,
       ref.amount_as(billed_usd, $4) as billed_usd
  from recon.variance
 where period = left($1, 7) and business_unit = substr($1, 9);
