-- The shares in the packet, each with the journal cell that it is booked in, and the buckets that they come from or that leave
-- something to somebody in it. Chooses these buckets for explain/lines_of_buckets, whatever it was run for before.
-- $3 period: text
create temporary table packet_place on commit drop as
select k.business_unit, k.team_id, p.cost_center, p.account
  from (select business_unit, team_id from recon.posting where period = $3
        union
        select business_unit, team_id from recon.accrual_estimate where period = $3
        union
        select business_unit, team_id from recon.charge where period = $3) k
 cross join lateral ledger.charge_place($3, k.business_unit, k.team_id) p;

create temporary table packet_posting on commit drop as
select p.*, d.cost_center, d.account
  from recon.posting p
  join packet_place d using (business_unit, team_id)
 where p.period = $3
   and exists (select from packet_key k
                where k.request_id is null and (k.bucket_no is null or k.bucket_no = p.bucket_no) and (k.provider is null or k.provider = p.provider)
                  and (k.business_unit is null or k.business_unit = p.business_unit) and (k.cost_center is null or k.cost_center = d.cost_center)
                  and (k.team_id is null or k.team_id = p.team_id) and (k.service is null or k.service = p.service)
                  and (k.model is null or k.model = p.model));

analyze packet_posting;

drop table if exists seen_bucket, seen_bucket_line, seen_left;

create temporary table seen_bucket on commit drop as
select b.period, b.bucket_no, b.cost_usd - g.got as left_usd
  from recon.bucket b
  left join (select bucket_no, sum(usage_billed) as got from recon.posting where period = $3 and bucket_no is not null group by bucket_no) t
         using (bucket_no)
 cross join lateral (select coalesce(t.got, 0) as got) g
 where b.period = $3
   and (b.bucket_no in (select bucket_no from packet_posting)
        or exists (select from packet_key k where k.bucket_no = b.bucket_no)
        or (b.cost_usd <> g.got and b.provider in (select provider from packet_posting where step in ('owner', 'policy', 'unattributed'))
            and exists (select from packet_key k where k.bucket_no is null and k.request_id is null)));

analyze seen_bucket;

-- What follows joins whole tables by equality; a nested loop would rest on a guess of one line a bucket.
set local enable_nestloop = off;
