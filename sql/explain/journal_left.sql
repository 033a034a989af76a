-- Chooses for lines_of_buckets the buckets behind a journal line: those that give it something, or leave what somebody bears.
create temporary table seen_bucket on commit drop as
select b.period, b.bucket_no, b.cost_usd - coalesce(g.got, 0) as left_usd
  from seen_journal_line x
  join recon.bucket b on b.period = x.period and b.provider = x.provider
  left join (select p.bucket_no, sum(p.usage_billed) as got
               from seen_journal_line y join recon.posting p on p.period = y.period and p.provider = y.provider and p.bucket_no is not null
              group by p.bucket_no) g on g.bucket_no = b.bucket_no
 where b.bucket_no in (select bucket_no from seen_posting)
    or b.cost_usd <> coalesce(g.got, 0) and exists (select from seen_posting where step in ('owner', 'policy', 'unattributed'));

analyze seen_bucket;

-- What follows joins whole tables by equality; a nested loop would rest on a guess of one line a bucket.
set local enable_nestloop = off;
