-- What a journal debits, exact and in cents: all cells of the providers in the packet. What is billed stands where it is charged,
-- with what re-allocation and models make of it; the final journal books what is charged, an accrual with the estimate, and
-- shares its cents by the same rule.
-- $3 period: text
create temporary table packet_cell on commit drop as
with frozen as (
	select entry_no from ledger.period_step s
	 where s.period = $3 and s.step = 'freeze' and ledger.period_state($3) <> 'open' order by entry_no desc limit 1
), part as (
	select a.provider, a.business_unit, w.cost_center, w.account, a.billed, a.estimate, a.moved, a.recovery, 0::numeric as charged, 0::numeric as accrued
	  from (select provider, business_unit, team_id, usage_billed + charges as billed, 0::numeric as estimate, 0::numeric as moved, 0::numeric as recovery
	          from recon.posting where period = $3
	        union all
	        select provider, business_unit, team_id, 0, amount_usd, 0, 0 from recon.accrual_estimate where period = $3
	        union all
	        select provider, business_unit, team_id, 0, 0, case when step = 'recovery' then 0 else amount_usd end, case when step = 'recovery' then amount_usd else 0 end
	          from recon.charge where period = $3 and not with_estimate) a
	  join packet_place w using (business_unit, team_id)
	union all
	select c.provider, c.business_unit, c.cost_center, c.account, 0, 0, 0, 0, c.charged, 0
	  from frozen join ledger.pinned_cell c using (entry_no) where c.charged <> 0
	union all
	select c.provider, c.business_unit, c.cost_center, c.account, 0, 0, 0, 0, c.charged, 0
	  from ledger.debit_cells($3, false) c where c.charged <> 0 and not exists (select from frozen)
	union all
	select c.provider, c.business_unit, c.cost_center, c.account, 0, 0, 0, 0, 0, c.charged from ledger.debit_cells($3, true) c where c.charged <> 0
), total as (
	select provider, business_unit, cost_center, account, sum(billed) as billed, sum(estimate) as estimate, sum(moved) as moved, sum(recovery) as recovery,
	       sum(charged) as charged, sum(accrued) as accrued
	  from part
	 where provider in (select provider from packet_posting) or exists (select from packet_key k where coalesce(k.provider, part.provider) = part.provider)
	 group by provider, business_unit, cost_center, account
)
select t.*, round(sum(billed) over p, 2) as billed_total, round(sum(charged) over p, 2) as charged_total,
       row_number() over (w order by charged * 100 - floor(charged * 100) desc, business_unit collate "C", cost_center collate "C", account collate "C") as rank,
       round(sum(charged) over p, 2) * 100 - sum(floor(charged * 100)) over p as left_over,
       row_number() over (w order by accrued * 100 - floor(accrued * 100) desc, business_unit collate "C", cost_center collate "C", account collate "C")
           <= round(sum(accrued) over p, 2) * 100 - sum(floor(accrued * 100)) over p as accrual_gets_a_cent
  from total t
window p as (partition by provider), w as (partition by provider);

select provider, business_unit, cost_center, account, ref.amount_text(billed) as billed_usd, ref.amount_text(moved) as reallocated_usd,
       ref.amount_text(recovery) as recovery_usd, ref.amount_text(charged) as charged_usd, ref.amount_text(floor(charged * 100) * 0.01) as whole_cents_usd,
       ref.amount_text(charged - floor(charged * 100) * 0.01) as remainder_usd, rank::text as rank, (rank <= left_over)::text as gets_a_cent,
       ref.amount_text((floor(charged * 100) + case when rank <= left_over then 1 else 0 end) * 0.01) as booked_usd, ref.amount_text(estimate) as estimate_usd,
       ref.amount_text(accrued) as accrued_usd, ref.amount_text((floor(accrued * 100) + case when accrual_gets_a_cent then 1 else 0 end) * 0.01) as accrual_usd
  from packet_cell
 order by provider collate "C", business_unit collate "C", cost_center collate "C", account collate "C";
