-- Who shares it; last, who bears what nobody metered. The column `billed` adds up to the bucket's cost.
-- $4 style: text
select business_unit, team_id, service, environment, tenant_id, feature, ref.amount_digits(nullif(rule_cost, 0), $4) as rule_cost_usd,
       ref.amount_digits(billed, $4) as billed_usd, ref.amount_digits(nullif(rate, 0), $4) as rate_usd, ref.amount_digits(nullif(quantity, 0), $4) as quantity_usd,
       ref.amount_digits(nullif(timing, 0), $4) as timing_usd, ref.amount_digits(nullif(unmetered, 0), $4) as unmetered_usd
  from (select 1 as place, p.business_unit, p.team_id, p.service, p.environment, p.tenant_id, p.feature, p.rule_cost, p.usage_billed as billed, p.rate,
               p.quantity, p.timing, 0::numeric as unmetered
          from asked_bucket s
          join recon.posting p on p.period = s.period and p.bucket_no = s.bucket_no
        union all
        select 2, l.borne_by, l.team, '', '', '', '', 0, l.amount, 0, 0, 0, l.amount from seen_left l
        union all
        select 3, 'owners of its lines', '', '', '', '', '', 0, s.left_usd, 0, 0, 0, s.left_usd
          from asked_bucket s
         where s.left_usd <> 0 and not exists (select from seen_left)
        union all
        select 4, 'total', '', '', '', '', '', sum(p.rule_cost), coalesce(sum(p.usage_billed), 0) + s.left_usd, sum(p.rate), sum(p.quantity), sum(p.timing), s.left_usd
          from asked_bucket s
          left join recon.posting p on p.period = s.period and p.bucket_no = s.bucket_no
         where $4 = 'screen'
         group by s.left_usd) g
 order by place, abs(billed) desc, business_unit collate "C", team_id collate "C", service collate "C", environment collate "C",
          tenant_id collate "C", feature collate "C"
 limit 200;
