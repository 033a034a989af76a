-- How to go on.
-- $1 id: text
select text
  from (select 1 as place, '`closebook explain ID` takes the ids above: ' || concat_ws(', ', i.buckets, i.requests, i.exceptions) || '.' as text
          from (select case when exists (select from recon.posting p
                                          where p.period = left($1, 7) and p.business_unit = substr($1, 9) and p.bucket_no is not null
                                            and (p.rate <> 0 or p.quantity <> 0 or p.timing <> 0))
                              or exists (select from seen_left l where l.borne_by = substr($1, 9) or l.by_policy) then 'buckets' end as buckets,
                       case when exists (select from seen_event) then 'requests' end as requests,
                       case when exists (select from recon.exception
                                          where period = left($1, 7) and business_unit = substr($1, 9) and status in ('open', 'acknowledged'))
                            then 'exceptions' end as exceptions) i
         where num_nonnulls(i.buckets, i.requests, i.exceptions) > 0
        union all
        select 2, format('`closebook variance --period %s` shows all business units.', left($1, 7))
        union all
        select 3, format('It is booked by %s: `closebook explain %s/%s` and so on.', journal_id, journal_id, min(l.line))
          from ledger.journal j join ledger.journal_line l using (journal_id)
         where j.period = left($1, 7) and l.business_unit = substr($1, 9)
         group by journal_id) t
 order by place, text collate "C";
