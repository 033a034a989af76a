-- Posted months made anew from what was pinned, against what was booked; rows that a freeze pinned, against what stands; and what computing them anew found. Result: only what
-- differs.
-- $1 period: text   null: every posted one
-- $2 findings: jsonb   [{period, what}]
-- $3 with_lines: boolean   whether deliveries' lines are added up here; computing months anew has done so
select period, journal_id, line, what
  from (select s.period, d.journal_id, d.line, d.line::text as line_text, d.what, 1 as place, 0::bigint as n
          from ledger.period_step s
         cross join lateral (select * from close.differences(s.period, $3) union all select * from close.correction_differences(s.period)) d
         where s.step = 'post' and ($1 is null or s.period = $1)
        union all
        select '', '', null, null, 'reference data is not what was last applied', 3, 0 where close.refdata_changed()
        union all
        select s.period, '', null, null, r.relation || ': its rows are not those that were frozen', 2, 0
          from ledger.period_step s
         cross join lateral (select n.relation from ledger.rows_of(s.entry_no) n
                               join ledger.pinned_rows p on p.entry_no = s.entry_no and p.relation = n.relation where n.digest <> p.digest) r
         where s.step = 'freeze' and s.entry_no = (ledger.latest_freeze(s.period)).entry_no and ledger.period_state(s.period) = 'posted'
           and ($1 is null or s.period = $1) and has_table_privilege('gateway.event', 'select')
        union all
        select f.period, '', null, null, f.what, 2, n
          from rows from (jsonb_to_recordset($2) as (period text, what text)) with ordinality as f (period, what, n)) d (period, journal_id, line_no, line, what, place, n)
 order by period, place, journal_id collate "C", line_no, n;
