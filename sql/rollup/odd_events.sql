-- The few events of the stale hours that anything is wrong with; the many others are read once and not written down.
-- $2 from: timestamptz, $3 to: timestamptz, $4 hours: timestamptz[]
create temporary table odd_event on commit drop as
select *
  from recon.judged_event
 where "timestamp" >= $2 and "timestamp" < $3 and hour = any ($4)
   and (inconsistent or hit_charged or status = 'partial'
        or billable and (unpriced or not version_known
                        -- nearly all are equal, which is quickly told
                        or stated_cost <> rule_cost and abs(rule_cost - stated_cost) > tolerance));
