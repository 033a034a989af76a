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

-- Debits at (business unit, cost center, expense account), exact; the team's cost center, else its business unit's.
create temporary table debit_cell on commit drop as
select c.provider, c.business_unit, coalesce(nullif(t.cost_center, ''), b.cost_center, '') as cost_center,
       case when c.business_unit = 'unattributed' or coalesce(b.expense_account, '') = ''
            then coalesce((select account from ref.account where role = 'suspense'), 'suspense')
            else b.expense_account end as account,
       sum(c.amount) as amount
  from (select provider, business_unit, team_id, usage_billed + charges as amount from recon.posting where period = $1
        union all
        select provider, business_unit, team_id, amount_usd from recon.accrual_estimate where period = $1) c
  left join lateral (select u.cost_center, u.expense_account from ref.business_unit u
                      where u.business_unit_id = c.business_unit and u.valid_from < ref.utc_date(ref.period_end($1))
                      order by u.valid_from desc limit 1) b on true
  left join lateral (select v.cost_center from ref.team v
                      where v.team_id = c.team_id and v.business_unit_id = c.business_unit
                        and v.valid_from < ref.utc_date(ref.period_end($1))
                      order by v.valid_from desc limit 1) t on true
 group by c.provider, c.business_unit, 3, 4;

-- Cents: the provider's total rounded half away from zero, spread by largest remainder.
create temporary table debit_cent on commit drop as
select provider, business_unit, cost_center, account, floor(amount * 100) + case when rank <= left_over then 1 else 0 end as cents, total
  from (select d.*, round(sum(amount) over (partition by provider), 2) * 100 as total,
               round(sum(amount) over (partition by provider), 2) * 100 - sum(floor(amount * 100)) over (partition by provider) as left_over,
               row_number() over (partition by provider order by amount * 100 - floor(amount * 100) desc, business_unit collate "C",
                                  cost_center collate "C", account collate "C") as rank
          from debit_cell d) r;

insert into ledger.journal
select 'CB-' || $1 || '-A-DRAFT', $1, 'accrual', ref.utc_date(ref.period_end($1)) - 1, true, 'USD', 'LLM usage ' || $1 || ', accrual (draft)'
 where exists (select from debit_cent where cents <> 0);

insert into ledger.journal_line
select 'CB-' || $1 || '-A-DRAFT',
       row_number() over (order by provider collate "C", is_credit, business_unit collate "C", cost_center collate "C", account collate "C"),
       provider, account, cost_center, business_unit, greatest(cents, 0) * 0.01, greatest(-cents, 0) * 0.01,
       provider || ' ' || $1 || case when is_credit then '' else ' ' || business_unit end
  from (select provider, business_unit, cost_center, account, cents, false as is_credit from debit_cent
        union all
        select distinct provider, '', '',
               coalesce((select account from ref.account where role = 'clearing:' || provider),
                        (select account from ref.account where role = 'clearing'), 'clearing'), -total, true
          from debit_cent) x
 where cents <> 0;
