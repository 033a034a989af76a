-- How to go on.
-- $1 id: text
select text
  from (select 1 as place, '`closebook explain ID` takes the ids above: buckets, exceptions and requests.' as text
        union all
        select 2, format('`closebook variance --period %s` shows all business units.', left($1, 7))
        union all
        select 3, format('It is booked by %s: `closebook explain %s/%s` and so on.', journal_id, journal_id, min(l.line))
          from ledger.journal j join ledger.journal_line l using (journal_id)
         where j.period = left($1, 7) and l.business_unit = substr($1, 9)
         group by journal_id) t
 order by place, text collate "C";
