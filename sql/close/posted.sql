-- Posted months, with the lines of their final journals.
-- $1 period: text   null: all
select s.period, count(l.line)::text as lines
  from ledger.period_step s
  left join ledger.journal j on j.period = s.period and j.kind = 'final'
  left join ledger.journal_line l using (journal_id)
 where s.step = 'post' and ($1 is null or s.period = $1)
 group by s.period
 order by s.period;
