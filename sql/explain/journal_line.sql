-- The line. One row.
-- $4 style: text
select x.journal_id || '/' || x.line as id, x.kind || case when x.draft then ' (draft)' else '' end as kind, to_char(x.posting_date, 'YYYY-MM-DD') as posting_date,
       x.period, x.provider, x.account, x.cost_center, x.business_unit, case when x.debit > 0 then ref.amount_digits(x.debit, $4) end as debit,
       case when x.credit > 0 then ref.amount_digits(x.credit, $4) end as credit, x.currency, x.memo,
       e.login as written_by, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as written_at, e.entry_no::text as entry,
       x.reverses || '/' || x.line as reverses,
       (select r.journal_id || '/' || x.line from ledger.journal r where r.reverses = x.journal_id) as reversed_by
  from seen_journal_line x left join ledger.entry e using (entry_no);
