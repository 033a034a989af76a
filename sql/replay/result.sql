-- What was computed: cells by what is debited, credits and refunds apart. One row.
-- $1 period: text
select coalesce(jsonb_agg(to_jsonb(c)), '[]')
  from (select a.provider, a.business_unit, p.cost_center, p.account, sum(a.amount) as amount, sum(a.credit) as credit
          from (select provider, business_unit, team_id, sum(usage_billed + charges) as amount,
                       coalesce(sum(charges) filter (where charge_type in ('credit', 'refund')), 0) as credit
                  from recon.posting where period = $1 group by provider, business_unit, team_id) a
         cross join lateral ledger.debit_place($1, a.business_unit, a.team_id) p
         group by a.provider, a.business_unit, p.cost_center, p.account) c;
