-- What a journal debits, exact and in cents: all cells of the providers in the packet. The final journal books what is billed; an
-- accrual adds the estimate, and shares its cents by the same rule.
-- $3 period: text
create temporary table packet_cell on commit drop as
with frozen as (
	select entry_no from ledger.period_step s
	 where s.period = $3 and s.step = 'freeze' and ledger.period_state($3) <> 'open' order by entry_no desc limit 1
), cell as (
	select c.provider, c.business_unit, c.cost_center, c.account, c.amount as billed, 0::numeric as estimate
	  from frozen join ledger.pinned_cell c using (entry_no)
	union all
	select c.provider, c.business_unit, c.cost_center, c.account, c.amount, 0
	  from ledger.debit_cells($3, false) c where not exists (select from frozen)
	union all
	select e.provider, e.business_unit, p.cost_center, p.account, 0, e.amount_usd
	  from recon.accrual_estimate e cross join lateral ledger.debit_place($3, e.business_unit, e.team_id) p
	 where e.period = $3
), total as (
	select provider, business_unit, cost_center, account, sum(billed) as billed, sum(estimate) as estimate
	  from cell
	 where provider in (select provider from packet_posting) or exists (select from packet_key k where coalesce(k.provider, cell.provider) = cell.provider)
	 group by provider, business_unit, cost_center, account
)
select t.*, round(sum(billed) over p, 2) as provider_total, row_number() over (w order by billed * 100 - floor(billed * 100) desc, business_unit collate "C",
                                               cost_center collate "C", account collate "C") as rank,
       round(sum(billed) over p, 2) * 100 - sum(floor(billed * 100)) over p as left_over,
       row_number() over (w order by accrued * 100 - floor(accrued * 100) desc, business_unit collate "C", cost_center collate "C", account collate "C")
           <= round(sum(accrued) over p, 2) * 100 - sum(floor(accrued * 100)) over p as accrual_gets_a_cent
  from (select *, billed + estimate as accrued from total) t
window p as (partition by provider), w as (partition by provider);

select provider, business_unit, cost_center, account, ref.amount_text(billed) as billed_usd, ref.amount_text(estimate) as estimate_usd,
       ref.amount_text(floor(billed * 100) * 0.01) as whole_cents_usd, ref.amount_text(billed - floor(billed * 100) * 0.01) as remainder_usd, rank::text as rank,
       (rank <= left_over)::text as gets_a_cent, ref.amount_text((floor(billed * 100) + case when rank <= left_over then 1 else 0 end) * 0.01) as booked_usd,
       ref.amount_text((floor(accrued * 100) + case when accrual_gets_a_cent then 1 else 0 end) * 0.01) as accrual_usd
  from packet_cell
 order by provider collate "C", business_unit collate "C", cost_center collate "C", account collate "C";
