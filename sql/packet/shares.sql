-- shares.csv: where every amount went: one row per step, bucket, owner and kind of usage.
-- $3 period: text, $6 rows: bigint
select step, case when bucket_no is not null then $3 || '/bucket/' || bucket_no end as bucket, provider, business_unit, team_id, service, environment, tenant_id,
       feature, model, usage_class, charge_type, cost_center, account, lines::text as lines, ref.amount_text(usage_billed) as usage_billed_usd,
       ref.amount_text(charges) as charges_usd, ref.amount_text(computed) as computed_usd, ref.amount_text(rule_cost) as rule_cost_usd,
       ref.amount_text(rating) as rating_usd, ref.amount_text(rate) as rate_usd, ref.amount_text(quantity) as quantity_usd,
       ref.amount_text(unbilled) as unbilled_usd, ref.amount_text(unmetered) as unmetered_usd, ref.amount_text(timing) as timing_usd
  from (select * from packet_posting
         order by abs(usage_billed + charges) desc, abs(computed) desc, step, bucket_no, provider collate "C", business_unit collate "C", team_id collate "C",
                  service collate "C", environment collate "C", tenant_id collate "C", feature collate "C", model collate "C", usage_class collate "C",
                  charge_type collate "C"
         limit $6) p
 order by provider collate "C", step, bucket_no nulls last, business_unit collate "C", team_id collate "C", service collate "C", environment collate "C",
          tenant_id collate "C", feature collate "C", model collate "C", usage_class collate "C", charge_type collate "C";
