-- The totals that must tie, and what the result rests on. One row.
-- $1 period: text, $2 style: text
select r.period, r.result_id, to_char(r.as_of at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as as_of,
       ref.amount_as(r.line_total_usd, $2) as line_total_usd, ref.amount_as(v.billed, $2) as billed_usd,
       ref.amount_as(v.usage_billed, $2) as usage_billed_usd, ref.amount_as(v.charges, $2) as charges_usd,
       ref.amount_as(v.computed, $2) as computed_usd, ref.amount_as(v.variance, $2) as variance_usd,
       ref.amount_as(v.unattributed, $2) as unattributed_usd, v.breaches::text as breaches,
       ref.amount_as(coalesce(a.estimate, 0), $2) as accrual_estimate_usd,
       ref.amount_as(coalesce(j.debit, 0), $2) as journal_debit_usd, ref.amount_as(coalesce(j.credit, 0), $2) as journal_credit_usd,
       (r.line_total_usd = v.billed and coalesce(j.debit, 0) = coalesce(j.credit, 0))::text as ties,
       r.notices::text as notices
  from recon.result r
  cross join lateral (select coalesce(sum(billed_usd), 0) as billed, coalesce(sum(usage_billed_usd), 0) as usage_billed,
                             coalesce(sum(charges_usd), 0) as charges, coalesce(sum(computed_usd), 0) as computed,
                             coalesce(sum(variance_usd), 0) as variance,
                             coalesce(sum(billed_usd) filter (where business_unit = 'unattributed'), 0) as unattributed,
                             count(*) filter (where status = 'breach') as breaches
                        from recon.variance where period = $1) v
  left join lateral (select sum(amount_usd) as estimate from recon.accrual_estimate where period = $1) a on true
  left join lateral (select sum(l.debit) as debit, sum(l.credit) as credit
                       from ledger.journal j join ledger.journal_line l using (journal_id)
                      where j.period = $1 -- what the month comes to: its draft, and once it is posted, its final journal
                        and (j.draft or j.kind = 'final' and not exists (select from ledger.journal d where d.period = $1 and d.draft))) j on true
 where r.period = $1;
