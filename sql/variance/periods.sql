-- Open periods that have something to reconcile: lines, or billable events.
select period
  from (select distinct period from provider.delivery where superseded_by is null
        union
        select distinct ref.period_of(hour) from recon.event_hour) p
 order by period;
