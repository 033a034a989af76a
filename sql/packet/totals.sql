-- How many rows there are of what is cut to so many, and what they add up to.
select 'trace.csv' as name, count(*)::text as rows, ref.amount_text(coalesce(sum(computed), 0)) as total_usd from packet_trace
union all
select 'lines.csv', count(*)::text, ref.amount_text(coalesce(sum(cost_usd), 0)) from packet_lines
union all
select 'shares.csv', count(*)::text, ref.amount_text(coalesce(sum(usage_billed + charges), 0)) from packet_posting
union all
select 'buckets.csv', count(*)::text, ref.amount_text(coalesce(sum(b.cost_usd), 0))
  from seen_bucket s join recon.bucket b using (period, bucket_no)
 where s.bucket_no in (select bucket_no from packet_posting) or s.bucket_no in (select bucket_no from packet_lines) or s.bucket_no in (select bucket_no from packet_key);
