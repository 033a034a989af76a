-- Billed, computed and accrued, per provider.
-- $1 period: text, $2 style: text
select provider, ref.amount_as(sum(billed), $2) as billed_usd, ref.amount_as(sum(computed), $2) as computed_usd,
       ref.amount_as(sum(estimate), $2) as accrual_estimate_usd
  from (select provider, usage_billed + charges as billed, computed, 0 as estimate from recon.posting where period = $1
        union all
        select provider, 0, 0, amount_usd from recon.accrual_estimate where period = $1) p
 group by provider
 order by provider collate "C";
