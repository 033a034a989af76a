-- What was metered: each group's share and its causes. f = billed / metered quantity, 1 where more was billed than metered.
insert into recon.bucket
select b.period, b.bucket_no, k.source, k.provider, k.account_id, k.region, k.model, k.usage_class,
       k.service_tier, k.api_key_id, k.resource_id, b.usage_start, b.usage_end, b.lines, b.cost_usd, t.billed, t.metered, t.rule_cost
  from bucket b
  join bucket_total t using (bucket_id)
  join bucket_key k using (key_no);

insert into recon.posting (period, step, bucket_no, provider, business_unit, team_id, service, environment, tenant_id, feature,
	model, usage_class, charge_type, usage_billed, rule_cost, rate, quantity, timing)
select n.period, 'bucket', n.bucket_no, k.provider, w.business_unit, w.team, w.service, w.environment, w.tenant_id, w.feature,
       coalesce(k.model, ''), coalesce(k.usage_class, ''), 'usage', s, case when in_period then r else 0 end,
       case when in_period then s - r - quantity else 0 end, case when in_period then quantity else 0 end,
       case when in_period then 0 else s end
  from (select g.*, g.cell < 4294967296 as in_period, g.cell & 4294967295 as bearer_no, s.amount as s,
               case when t.billed > 0 and t.metered > 0 and (t.metered > t.billed or o.residual = 'pro_rata')
                    then recon.ratio_half_even(g.r * (t.billed - t.metered), t.metered, 12) else 0 end as quantity
          from bucket_group g
          join bucket_total t using (bucket_id)
          join share_out s on s.pool = g.bucket_id and s.cell = g.cell
          cross join run_option o) g
  join bearer w using (bearer_no)
  join bucket n using (bucket_id)
  join bucket_key k using (key_no);

-- This period's counts that another period's bucket took, and those that nothing took.
insert into recon.posting (period, step, provider, business_unit, team_id, service, environment, tenant_id, feature, model,
	usage_class, charge_type, timing, unbilled)
select o.period, 'unbilled', k.provider, w.business_unit, w.team, w.service, w.environment, w.tenant_id, w.feature, k.model, c.class,
       'usage', -sum(c.timing), -sum(c.unbilled)
  from (select c.kind_no, c.day, c.class, coalesce(sum(c.r) filter (where t.cell_id is not null), 0) as timing,
               coalesce(sum(c.r) filter (where t.cell_id is null), 0) as unbilled
          from slot_count c
         cross join run_option o
          left join taken t on t.cell_id = c.cell_id
         where c.slot >= o.period_start and c.slot < o.period_end and t.own is not true
         group by c.kind_no, c.day, c.class
        union all
        select d.kind_no, d.day, c.class, 0, coalesce(c.n * c.price, 0)
          from unsought_day d
          join recon.event_kind e using (kind_no)
         cross join lateral (values ('input', d.n_input, e.p_input), ('cache_read', d.n_cache_read, e.p_cache_read),
                                    ('cache_write_5m', d.n_cache_write_5m, e.p_cache_write_5m),
                                    ('cache_write_1h', d.n_cache_write_1h, e.p_cache_write_1h), ('output', d.n_output, e.p_output)) c (class, n, price)
         where c.n > 0) c
  join slot_kind k using (kind_no)
  join kind_bearer using (kind_no, day)
  join bearer w using (bearer_no)
 cross join run_option o
 group by o.period, k.provider, w.business_unit, w.team, w.service, w.environment, w.tenant_id, w.feature, k.model, c.class;

-- What buckets leave: all of a bucket without events, else its unmetered cell.
create temporary table left_over on commit drop as
select t.bucket_id, case when t.cells = 0 then t.cost_usd else s.amount end as amount, t.cells = 0 as whole
  from bucket_total t
  left join share_out s on s.pool = t.bucket_id and s.cell = 4611686018427387904
 where t.cells = 0 or s.amount is not null;
