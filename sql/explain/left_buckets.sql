-- Chooses for lines_of_buckets the buckets that leave something nobody metered: all those of the period whose provider has
-- such cost at the business unit.
-- $1 id: text   PERIOD/BUSINESS_UNIT
create temporary table seen_bucket on commit drop as
select b.period, b.bucket_no, b.cost_usd - g.got as left_usd
  from recon.bucket b
  cross join lateral (select coalesce(sum(p.usage_billed), 0) as got from recon.posting p
                       where p.period = b.period and p.bucket_no = b.bucket_no) g
 where b.period = left($1, 7) and b.cost_usd <> g.got
   and b.provider in (select provider from recon.posting
                       where period = left($1, 7) and business_unit = substr($1, 9) and unmetered <> 0 and charge_type = 'usage');

analyze seen_bucket;
