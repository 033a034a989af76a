-- What was metered: each group's share and its causes. f = billed / metered quantity, 1 where more was billed than metered.
insert into recon.bucket
select o.period, row_number() over (order by b.bucket_id), b.source, b.provider, b.account_id, b.region, b.model, b.usage_class,
       b.service_tier, b.api_key_id, b.resource_id, b.usage_start, b.usage_end, b.lines, b.cost_usd, t.billed, t.metered, t.rule_cost
  from bucket b join bucket_total t using (bucket_id) cross join run_option o;

insert into recon.posting (period, step, bucket_no, provider, business_unit, team_id, service, environment, tenant_id, feature,
	model, usage_class, charge_type, usage_billed, rule_cost, rate, quantity, timing)
select g.period, 'bucket', n.bucket_no, b.provider, business_unit, team, service, environment, tenant_id, feature,
       coalesce(b.model, ''), coalesce(b.usage_class, ''), 'usage', s, case when in_period then r else 0 end,
       case when in_period then s - r - quantity else 0 end, case when in_period then quantity else 0 end,
       case when in_period then 0 else s end
  from (select o.period, g.*, s.amount as s,
               case when t.billed > 0 and t.metered > 0 and (t.metered > t.billed or o.residual = 'pro_rata')
                    then recon.ratio_half_even(g.r * (t.billed - t.metered), t.metered, 12) else 0 end as quantity
          from bucket_group g
          join bucket_total t using (bucket_id)
          join share_out s on s.pool = g.bucket_id and s.cell = g.cell
          cross join run_option o) g
  join bucket b using (bucket_id)
  join (select bucket_id, row_number() over (order by bucket_id) as bucket_no from bucket where own) n using (bucket_id);

-- This period's counts that another period's bucket took, and those that nothing took.
insert into recon.posting (period, step, provider, business_unit, team_id, service, environment, tenant_id, feature, model,
	usage_class, charge_type, timing, unbilled)
select o.period, 'unbilled', c.provider, w.business_unit, w.team, c.service, c.environment, c.tenant_id, c.feature, c.model, c.class,
       'usage', -coalesce(sum(c.r) filter (where b.bucket_id is not null), 0), -coalesce(sum(c.r) filter (where b.bucket_id is null), 0)
  from slot_count c
  cross join run_option o
  left join taken t on t.cell_id = c.cell_id
  left join bucket b on b.bucket_id = t.bucket_id
  join day_owner w on w.team_id = c.team_id and w.service = c.service and w.day = ref.utc_date(c.slot)
 where c.slot >= o.period_start and c.slot < o.period_end and b.own is not true
 group by o.period, c.provider, w.business_unit, w.team, c.service, c.environment, c.tenant_id, c.feature, c.model, c.class;

-- What buckets leave: all of a bucket without events, else its unmetered cell.
create temporary table left_over on commit drop as
select t.bucket_id, case when t.cells = 0 then t.cost_usd else s.amount end as amount, t.cells = 0 as whole
  from bucket_total t
  left join share_out s on s.pool = t.bucket_id and s.cell = t.cells + 1
 where t.cells = 0 or s.amount is not null;
