-- Posted months made anew from what was pinned, against what was booked; and what computing them anew found. Result: only what
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
        select f.period, '', null, null, f.what, 2, n
          from rows from (jsonb_to_recordset($2) as (period text, what text)) with ordinality as f (period, what, n)) d (period, journal_id, line_no, line, what, place, n)
 order by period, place, journal_id collate "C", line_no, n;
