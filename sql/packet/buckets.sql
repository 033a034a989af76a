-- buckets.csv: lines of one window that name no request. C: cost; Q: billed quantity; M: metered quantity; left_usd: what nobody
-- metered.
-- $6 rows: bigint
select b.period || '/bucket/' || b.bucket_no as bucket, b.source, b.provider, b.account_id, b.region, b.model, b.usage_class, b.service_tier,
       to_char(b.usage_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as usage_start,
       to_char(b.usage_end at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as usage_end, b.line_count::text as lines,
       ref.amount_text(b.cost_usd) as cost_usd, trim_scale(b.billed_quantity)::text as billed_quantity,
       trim_scale(b.metered_quantity)::text as metered_quantity, ref.amount_text(b.rule_cost_usd) as rule_cost_usd, ref.amount_text(s.left_usd) as left_usd
  from (select s.period, s.bucket_no, s.left_usd
          from seen_bucket s
          join recon.bucket b using (period, bucket_no)
         where s.bucket_no in (select bucket_no from packet_posting) or s.bucket_no in (select bucket_no from packet_lines)
            or s.bucket_no in (select bucket_no from packet_key)
         order by abs(b.cost_usd) desc, s.bucket_no limit $6) s
  join recon.bucket b using (period, bucket_no)
 order by b.bucket_no;
