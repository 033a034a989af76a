-- The journals of a period, and what an importing system would refuse of them.
-- $1 period: text
select j.journal_id, j.kind, j.draft::text as draft, j.currency, count(l.line)::text as lines,
       (coalesce(sum(l.debit) - sum(l.credit), 0) = 0)::text as balanced,
       (select to_char(r.posting_date, 'YYYY-MM-DD') from ledger.journal r
         where r.reverses = j.journal_id and r.posting_date <> date_trunc('month', j.posting_date::timestamp) + interval '1 month') as reversed_early
  from ledger.journal j left join ledger.journal_line l using (journal_id)
 where j.period = $1
 group by j.journal_id
 order by j.journal_id collate "C";
