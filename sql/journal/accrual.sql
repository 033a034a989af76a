-- The draft accrual: what is billed so far, plus the computed cost of event time that no bill has reached. Reach of a
-- (provider, account) is the latest usage_end of current usage lines with cost that name the account, or name none.
-- Runs after match/ and exceptions/: uses day_owner, account_default and account_reach.
-- $1 period: text
delete from recon.accrual_estimate where period = $1;

insert into recon.accrual_estimate
select $1, e.provider, w.business_unit, w.team, sum(coalesce(e.stated_cost, e.rule_cost)), count(*)
  from recon.priced_event e
  left join account_default f on f.provider = e.provider
  join account_reach r on r.provider = e.provider and r.billed_account = coalesce(nullif(e.account_id, ''), f.account_id, '')
  join day_owner w on w.team_id = e.team_id and w.service = e.service and w.day = ref.utc_date(e."timestamp")
 where e.billable and e."timestamp" < ref.period_end($1)
   -- No account's events lie before the least reach: the bound that an index can use.
   and e."timestamp" >= greatest(ref.period_start($1), (select min(coalesce(reach, '-infinity')) from account_reach))
   and e."timestamp" >= coalesce(r.reach, '-infinity')
   -- A line of one instant ends where its own event stands: that is billed, not estimated.
   and not exists (select from recon.exact_late x where x.period = $1 and x.provider = e.provider and x.request_id = e.request_id)
 group by e.provider, w.business_unit, w.team;

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
