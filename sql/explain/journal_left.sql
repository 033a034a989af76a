-- Chooses for lines_of_buckets the buckets behind a journal line: those that give it something, or leave what somebody bears.
create temporary table seen_bucket on commit drop as
select b.period, b.bucket_no, b.cost_usd - g.got as left_usd
  from seen_journal_line x
  join recon.bucket b on b.period = x.period and b.provider = x.provider
  cross join lateral (select coalesce(sum(p.usage_billed), 0) as got from recon.posting p where p.period = b.period and p.bucket_no = b.bucket_no) g
 where b.bucket_no in (select bucket_no from seen_posting)
    or b.cost_usd <> g.got and exists (select from seen_posting where step in ('owner', 'policy', 'unattributed'));

analyze seen_bucket;
