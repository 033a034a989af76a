-- The amounts of which a cost without owner consists.
-- $4 style: text
select p.step, p.service, p.model, p.usage_class, p.charge_type, sum(p.lines)::text as lines, ref.amount_digits(sum(p.usage_billed + p.charges), $4) as amount_usd
  from seen_exception x
  join recon.posting p on p.period = x.period and p.business_unit = x.business_unit and p.provider = x.provider
 where x.code = 'unattributed_cost' and (p.usage_billed <> 0 or p.charges <> 0)
 group by p.step, p.service, p.model, p.usage_class, p.charge_type
 order by abs(sum(p.usage_billed + p.charges)) desc, p.step, p.service collate "C", p.model collate "C", p.usage_class collate "C", p.charge_type collate "C"
 limit 20;
