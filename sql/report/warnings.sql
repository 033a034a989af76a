-- What makes a reconciliation say little, and the remedy.
-- $1 period: text
select text, hint
  from (select 1 as place, 'no lines and no events in ' || $1 as text,
               coalesce('there are some in ' || (select string_agg(period, ', ' order by period)
                                                   from (select period from provider.delivery where superseded_by is null
                                                         union
                                                         select ref.period_of(hour) from recon.event_hour) p),
                        '`closebook ingest PATH…` loads bills and events') as hint
         where not exists (select from provider.delivery where period = $1 and superseded_by is null)
           and not exists (select from recon.event_hour where hour >= ref.period_start($1) and hour < ref.period_end($1))
        union all
        select 2, 'no reference data has been applied: nobody owns anything and nothing has a price',
               '`closebook refdata apply FOLDER` loads business units, teams and prices; then reconcile again'
         where not exists (select from ops.refdata)) w
 order by place;
