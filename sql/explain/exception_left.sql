-- Chooses for lines_of_buckets the buckets that leave something nobody metered, where the exception is about that.
create temporary table seen_bucket on commit drop as
select b.period, b.bucket_no, b.cost_usd - g.got as left_usd
  from seen_exception x
  join recon.bucket b on b.period = x.period and b.provider = x.provider
  cross join lateral (select coalesce(sum(p.usage_billed), 0) as got from recon.posting p
                       where p.period = b.period and p.bucket_no = b.bucket_no) g
 where x.code in ('unmetered_usage', 'unattributed_cost', 'quantity_variance') and b.cost_usd <> g.got;

analyze seen_bucket;
