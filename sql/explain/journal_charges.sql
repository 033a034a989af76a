-- What is charged beyond what was billed: re-allocations, and what models make of it.
-- $4 style: text
select step, business_unit, team_id, model, usage_class, ref.amount_as(sum(amount_usd), $4) as amount_usd
  from seen_charge
 group by step, business_unit, team_id, model, usage_class
 order by step, abs(sum(amount_usd)) desc, business_unit collate "C", team_id collate "C", model collate "C", usage_class collate "C"
 limit 40;
