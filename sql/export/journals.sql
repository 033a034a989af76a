-- The journals of a period, and what an importing system would refuse of them.
-- $1 period: text
select j.journal_id, j.kind, j.draft::text as draft, j.currency, count(l.line)::text as lines,
       (coalesce(sum(l.debit) - sum(l.credit), 0) = 0)::text as balanced
  from ledger.journal j left join ledger.journal_line l using (journal_id)
 where j.period = $1
 group by j.journal_id
 order by j.journal_id collate "C";
