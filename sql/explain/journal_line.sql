-- The line. One row.
-- $4 style: text
select journal_id || '/' || line as id, kind || case when draft then ' (draft)' else '' end as kind, to_char(posting_date, 'YYYY-MM-DD') as posting_date,
       period, provider, account, cost_center, business_unit, case when debit > 0 then ref.amount_digits(debit, $4) end as debit,
       case when credit > 0 then ref.amount_digits(credit, $4) end as credit, currency, memo
  from seen_journal_line;
