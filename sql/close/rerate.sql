-- A month under another billing rule version, as it was just computed, beside what stands. Nothing of it stays.
-- $2 style: text
select coalesce(a.business_unit, b.business_unit) as business_unit, ref.amount_as(coalesce(a.computed_usd, 0), $2) as computed_usd,
       ref.amount_as(coalesce(b.computed_usd, 0), $2) as rerated_usd, ref.amount_as(coalesce(b.computed_usd, 0) - coalesce(a.computed_usd, 0), $2) as difference_usd,
       ref.amount_as(coalesce(b.usage_billed_usd, a.usage_billed_usd), $2) as usage_billed_usd,
       ref.amount_as(coalesce(a.variance_usd, 0), $2) as variance_usd, ref.amount_as(coalesce(b.variance_usd, 0), $2) as rerated_variance_usd,
       a.status, b.status as rerated_status
  from posted_variance a
  full join (select v.* from recon.variance v join replay_input i using (period)) b using (business_unit)
 order by coalesce(a.business_unit, b.business_unit) = 'unattributed', 1;
