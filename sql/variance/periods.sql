-- Open periods (not frozen, nor later) that have something to reconcile: lines, or billable events; rows that could not be used; files that gave
-- nothing, which belong to the month in which they were last tried; or exceptions of such, which may have to go.
select period
  from (select distinct period from provider.delivery where superseded_by is null
        union
        select ref.period_of(hour)
          from (select distinct c.hour from recon.hour_cell c join recon.event_kind k on k.kind_no = c.kind_no and k.outcome = 'billable') h
        union
        select ref.period_of(r.as_of)
          from (select distinct on (path) * from ops.rejected_file order by path, rejected_id desc) r
         where not exists (select from ops.file f where f.path = r.path and f.loaded_at > r.rejected_at)
        union
        select period from ops.file where rows_quarantined > 0
        union
        select period from recon.exception where class = 'input') p
 where ledger.period_state(period) = 'open' and period ~ '^[0-9]{4}-' and period >= '1970' -- a gateway may write any time
 order by period;
