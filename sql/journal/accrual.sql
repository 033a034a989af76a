-- The draft accrual: what is billed so far and what no bill has reached (journal/estimate), as it is charged.
-- $1 period: text
delete from ledger.journal where period = $1 and kind = 'accrual' and draft;

-- Debits at (business unit, cost center, expense account), in cents: the same way as the final journal's (0007_close).
create temporary table accrual_line on commit drop as
select l.*
  from (select coalesce(array_agg(c::ledger.cell), '{}') as cells from ledger.debit_cells($1, true) c) d
 cross join lateral ledger.lines_of($1, d.cells, ledger.accounts()) l;

insert into ledger.journal (journal_id, period, kind, posting_date, draft, currency, memo)
select 'CB-' || $1 || '-A-DRAFT', $1, 'accrual', ref.utc_date(ref.period_end($1)) - 1, true, 'USD', 'LLM usage ' || $1 || ', accrual (draft)'
 where exists (select from accrual_line);

insert into ledger.journal_line (journal_id, line, provider, account, cost_center, business_unit, debit, credit, memo)
select 'CB-' || $1 || '-A-DRAFT', line, provider, account, cost_center, business_unit, debit, credit, memo
  from accrual_line;
