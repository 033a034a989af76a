-- Posted months made anew from what was pinned, against what was booked. Result: only what differs.
-- $1 period: text   null: every posted one
select s.period, d.journal_id, d.line::text as line, d.what
  from ledger.period_step s cross join lateral close.differences(s.period) d
 where s.step = 'post' and ($1 is null or s.period = $1)
 order by s.period, d.journal_id collate "C", d.line;
