-- A journal's head. One row.
-- $1 journal_id: text, $4 style: text
select j.journal_id, j.kind || case when j.draft then ' (draft)' else '' end as kind, to_char(j.posting_date, 'YYYY-MM-DD') as posting_date, j.period,
       ref.amount_as(sum(l.debit), $4) as debit, ref.amount_as(sum(l.credit), $4) as credit, j.currency, j.memo
  from ledger.journal j join ledger.journal_line l using (journal_id)
 where j.journal_id = $1
 group by j.journal_id;
