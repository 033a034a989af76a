-- The buckets in which rate, quantity or timing of this business unit are largest.
-- $1 id: text, $4 style: text
select p.period || '/bucket/' || p.bucket_no as id, to_char(b.usage_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as usage_start,
       to_char(b.usage_end at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as usage_end, b.provider, b.account_id, b.model, b.usage_class,
       b.service_tier, b.line_count::text as lines, ref.amount_as(b.cost_usd, $4) as bucket_cost_usd, b.billed_quantity::text as billed_quantity,
       b.metered_quantity::text as metered_quantity, ref.amount_as(p.rule_cost, $4) as rule_cost_usd, ref.amount_as(p.billed, $4) as billed_usd,
       ref.amount_as(nullif(p.rate, 0), $4) as rate_usd, ref.amount_as(nullif(p.quantity, 0), $4) as quantity_usd,
       ref.amount_as(nullif(p.timing, 0), $4) as timing_usd
  from (select period, bucket_no, sum(rule_cost) as rule_cost, sum(usage_billed) as billed, sum(rate) as rate, sum(quantity) as quantity, sum(timing) as timing
          from recon.posting
         where period = left($1, 7) and business_unit = substr($1, 9) and bucket_no is not null
         group by period, bucket_no
        having sum(rate) <> 0 or sum(quantity) <> 0 or sum(timing) <> 0) p
  join recon.bucket b on b.period = p.period and b.bucket_no = p.bucket_no
 order by abs(p.rate) + abs(p.quantity) + abs(p.timing) desc, p.bucket_no
 limit 15;
