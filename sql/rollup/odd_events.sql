-- The few events of the stale hours that anything is wrong with; the many others are read once and not written down.
create temporary table odd_event on commit drop as
select *
  from recon.judged_event
 where "timestamp" >= (select min(hour) from stale_hour)
   and "timestamp" < (select max(hour) from stale_hour) + interval '1 hour'
   and hour in (select hour from stale_hour)
   and (inconsistent or hit_charged or status = 'partial'
        or billable and (unpriced or not version_known or abs(rule_cost - computed) > tolerance));
