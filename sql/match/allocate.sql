-- Step 2, the money: each bucket's cost over its groups of events; what was not metered stays with the bucket.
create temporary table bucket_group on commit drop as
select t.bucket_id, row_number() over (partition by t.bucket_id order by c.slot_period <> 0, w.business_unit collate "C", w.team collate "C",
           c.service collate "C", c.environment collate "C", c.tenant_id collate "C", c.feature collate "C") as cell,
       c.slot_period = 0 as in_period, w.business_unit, w.team, c.service, c.environment, c.tenant_id, c.feature,
       sum(c.n) as n, sum(c.r) as r
  from (select s.*, case when s.slot >= o.period_start and s.slot < o.period_end then 0 else 1 end as slot_period
          from slot_count s, run_option o) c
  join taken t on t.cell_id = c.cell_id
  join bucket b on b.bucket_id = t.bucket_id and b.own
  join day_owner w on w.team_id = c.team_id and w.service = c.service and w.day = ref.utc_date(c.slot)
 group by t.bucket_id, c.slot_period, w.business_unit, w.team, c.service, c.environment, c.tenant_id, c.feature;

create temporary table bucket_total on commit drop as
select b.bucket_id, b.cost_usd, b.usage_class is not null as has_class, coalesce(sum(g.n), 0) as metered,
       case when b.usage_class is not null then b.billed_quantity end as billed,
       coalesce(sum(g.r), 0) as weight_r, coalesce(sum(g.r) filter (where g.in_period), 0) as rule_cost,
       count(g.cell) as cells
  from bucket b
  left join bucket_group g using (bucket_id)
 where b.own
 group by b.bucket_id, b.cost_usd, b.usage_class, b.billed_quantity;

truncate share_in;

insert into share_in
select t.bucket_id, g.cell, t.cost_usd, case when t.has_class then g.n when t.weight_r = 0 then 1 else g.r end
  from bucket_group g join bucket_total t using (bucket_id)
union all
select t.bucket_id, t.cells + 1, t.cost_usd, t.billed - t.metered
  from bucket_total t, run_option o
 where t.cells > 0 and t.billed > t.metered and o.residual = 'unattributed';
