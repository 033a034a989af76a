-- Step 2, the money: each bucket's cost over its groups of events; what was not metered stays with the bucket.
-- Who bears what a kind did on a day, in key order.
create temporary table kind_date on commit drop as
select kind_no, day from slot_count
union
select kind_no, day from unsought_day;

create temporary table bearer on commit drop as
select row_number() over (order by business_unit collate "C", team collate "C", service collate "C", environment collate "C", tenant_id collate "C",
                                   feature collate "C") as bearer_no, k.*
  from (select distinct w.business_unit, w.team, k.service, k.environment, k.tenant_id, k.feature
          from kind_date c
          join slot_kind k using (kind_no)
          join day_owner w on w.team_id = k.team_id and w.service = k.service and w.day = c.day) k;

create temporary table kind_bearer on commit drop as
select c.kind_no, c.day, b.bearer_no
  from kind_date c
  join slot_kind k using (kind_no)
  join day_owner w on w.team_id = k.team_id and w.service = k.service and w.day = c.day
  join bearer b on b.business_unit = w.business_unit and b.team = w.team and b.service = k.service and b.environment = k.environment
               and b.tenant_id = k.tenant_id and b.feature = k.feature;

analyze bearer;
analyze kind_bearer;

-- A group's cell is its place in key order: what is of this period comes first, and last (2^62) what was not metered.
create temporary table bucket_group on commit drop as
select t.bucket_id, w.bearer_no + case when c.slot >= o.period_start and c.slot < o.period_end then 0 else 4294967296 end as cell,
       sum(c.n)::bigint as n, sum(c.r) as r
  from slot_count c
  join taken t on t.cell_id = c.cell_id and t.own
  join kind_bearer w on w.kind_no = c.kind_no and w.day = c.day
 cross join run_option o
 group by t.bucket_id, w.bearer_no + case when c.slot >= o.period_start and c.slot < o.period_end then 0 else 4294967296 end;

create temporary table bucket_total on commit drop as
select b.bucket_id, b.cost_usd, k.usage_class is not null as has_class, coalesce(g.n, 0) as metered,
       case when k.usage_class is not null then b.billed_quantity end as billed,
       coalesce(g.r, 0) as weight_r, coalesce(g.r, 0) - coalesce(g.other_r, 0) as rule_cost, coalesce(g.cells, 0) as cells
  from bucket b
  join bucket_key k using (key_no)
  left join (select bucket_id, sum(n) as n, sum(r) as r, sum(r) filter (where cell >= 4294967296) as other_r, count(*) as cells
               from bucket_group group by bucket_id) g using (bucket_id)
 where b.own;

truncate share_in;

insert into share_in
select t.bucket_id, g.cell, t.cost_usd, case when t.has_class then g.n when t.weight_r = 0 then 1 else g.r end
  from bucket_group g join bucket_total t using (bucket_id)
union all
select t.bucket_id, 4611686018427387904, t.cost_usd, t.billed - t.metered
  from bucket_total t, run_option o
 where t.cells > 0 and t.billed > t.metered and o.residual = 'unattributed'
 order by 1, 2; -- as match/share sorts them: it need not move what it sorts then
