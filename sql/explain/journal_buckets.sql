-- The largest buckets behind it.
-- $4 style: text
select b.period || '/bucket/' || b.bucket_no as id, to_char(b.usage_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as usage_start,
       to_char(b.usage_end at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as usage_end, b.account_id, b.model, b.usage_class, b.line_count::text as lines,
       ref.amount_as(b.cost_usd, $4) as bucket_cost_usd, ref.amount_as(p.amount, $4) as amount_usd
  from (select period, bucket_no, sum(amount) as amount from seen_posting where bucket_no is not null group by period, bucket_no) p
  join recon.bucket b on b.period = p.period and b.bucket_no = p.bucket_no
 order by abs(p.amount) desc, b.bucket_no
 limit 15;
