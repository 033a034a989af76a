-- Months that were reconciled with older reference data than what is in force, in a line; null when there are none.
select string_agg(r.period, ', ' order by r.period)
  from recon.result r
 where exists (select from ops.refdata f where f.applied_at > r.reconciled_at);
