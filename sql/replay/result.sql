-- What was computed: cells by what is debited, as billed and as charged, credits and refunds apart: where they were billed to, and
-- where that is charged. One row.
-- $1 period: text
with credit as (
	select provider, business_unit, team_id, sum(usage_billed + charges) as amount
	  from recon.posting where period = $1 and charge_type in ('credit', 'refund') group by provider, business_unit, team_id
), cell as (
	select provider, business_unit, cost_center, account, amount, charged, 0 as credit, 0 as charged_credit from ledger.debit_cells($1, false)
	union all
	select c.provider, c.business_unit, p.cost_center, p.account, 0, 0, c.amount, 0
	  from credit c cross join lateral ledger.debit_place($1, c.business_unit, c.team_id) p
	union all
	select c.provider, c.business_unit, p.cost_center, p.account, 0, 0, 0, c.amount
	  from credit c cross join lateral ledger.charge_place($1, c.business_unit, c.team_id) p
)
select coalesce(jsonb_agg(to_jsonb(c)), '[]')
  from (select provider, business_unit, cost_center, account, sum(amount) as amount, sum(charged) as charged, sum(credit) as credit,
               sum(charged_credit) as charged_credit
          from cell group by provider, business_unit, cost_center, account) c;
