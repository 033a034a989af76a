-- variance.csv: every business unit by id, then `unattributed`, then TOTAL.
-- $1 period: text, $2 style: text  exact or screen, $3 business_unit: text  null = all
-- On screens rounding is left out unless it makes a cent somewhere.
select period, business_unit, ref.amount_as(computed_usd, $2) as computed_usd, ref.amount_as(usage_billed_usd, $2) as usage_billed_usd,
       ref.amount_as(variance_usd, $2) as variance_usd, round(variance_pct, case when $2 = 'screen' then 2 else 6 end)::text as variance_pct,
       ref.amount_as(tolerance_usd, $2) as tolerance_usd, status, ref.amount_as(rating_usd, $2) as rating_usd,
       ref.amount_as(rate_usd, $2) as rate_usd, ref.amount_as(quantity_usd, $2) as quantity_usd,
       ref.amount_as(unbilled_usd, $2) as unbilled_usd, ref.amount_as(unmetered_usd, $2) as unmetered_usd,
       ref.amount_as(timing_usd, $2) as timing_usd,
       case when $2 <> 'screen' or bool_or(round(rounding_usd, 2) <> 0) over () then ref.amount_as(rounding_usd, $2) end as rounding_usd,
       ref.amount_as(charges_usd, $2) as charges_usd, ref.amount_as(billed_usd, $2) as billed_usd
  from (select v.*, case when business_unit = 'unattributed' then 1 else 0 end as place from recon.variance v where period = $1
        union all
        select $1, 'TOTAL', sum(computed_usd), sum(usage_billed_usd), sum(variance_usd),
               case when sum(usage_billed_usd) <> 0 then
                    sign(sum(variance_usd)) * sign(sum(usage_billed_usd))
                    * div(abs(sum(variance_usd)) * 200000000 + abs(sum(usage_billed_usd)), abs(sum(usage_billed_usd)) * 2) * 0.000001 end,
               null, null, sum(rating_usd), sum(rate_usd), sum(quantity_usd), sum(unbilled_usd), sum(unmetered_usd), sum(timing_usd),
               sum(rounding_usd), sum(charges_usd), sum(billed_usd), 2
          from recon.variance where period = $1 having count(*) > 0) rows
 where $3 is null or business_unit = $3
 order by place, business_unit collate "C";
