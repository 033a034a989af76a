-- The journal lines that book it.
-- $1 id: text   ADJ-…, $4 style: text
select j.journal_id || '/' || l.line as id, l.provider, l.account, l.cost_center, l.business_unit,
       case when l.debit > 0 then ref.amount_as(l.debit, $4) else '' end as debit, case when l.credit > 0 then ref.amount_as(l.credit, $4) else '' end as credit,
       j.currency, l.memo
  from ledger.journal j join ledger.journal_line l using (journal_id)
 where j.kind = 'final' and split_part(l.memo, ':', 1) = $1
 order by j.journal_id collate "C", l.line;
