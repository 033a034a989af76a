-- journal.csv: every journal of the period, line by line. It balances per journal_id.
-- $1 period: text, $2 style: text
select j.journal_id, l.line::text as line, j.kind, to_char(j.posting_date, 'YYYY-MM-DD') as posting_date, j.period, l.provider,
       l.account, l.cost_center, l.business_unit,
       case when l.debit > 0 then ref.amount_as(l.debit, $2) else '' end as debit,
       case when l.credit > 0 then ref.amount_as(l.credit, $2) else '' end as credit,
       j.currency, l.memo, j.journal_id as external_id
  from ledger.journal j join ledger.journal_line l using (journal_id)
 where j.period = $1
 order by j.journal_id collate "C", l.line;
