-- The one bucket that is asked for.
-- $1 id: text   PERIOD/bucket/N
create temporary table asked_bucket on commit drop as
select b.period, b.bucket_no, b.cost_usd - g.got as left_usd, g.got, g.got_in_period
  from recon.bucket b
  cross join lateral (select coalesce(sum(p.usage_billed), 0) as got, coalesce(sum(p.usage_billed - p.timing), 0) as got_in_period
                        from recon.posting p where p.period = b.period and p.bucket_no = b.bucket_no) g
 where b.period = left($1, 7) and b.bucket_no::text = split_part($1, '/', 3);

create temporary table seen_bucket on commit drop as
select period, bucket_no, left_usd from asked_bucket;

analyze asked_bucket;
analyze seen_bucket;
