-- What is re-allocated, at cost; then what the models charge each business unit, which is shared over what it used: by billed
-- usage, or by tokens where nothing is billed.
create temporary table charge_move on commit drop as
select p.with_estimate, p.provider, p.business_unit, r.receiver, s.amount
  from charge_pool p
  join charge_receiver r using (with_estimate, business_unit)
  join share_out s on s.pool = p.pool and s.cell = r.cell
union all
select g.with_estimate, g.provider, r.business_unit, r.receiver, sum(g.amount) * r.share
  from charge_route r join charge_group g using (business_unit)
 where r.basis = 'fixed'
 group by g.with_estimate, g.provider, r.business_unit, r.receiver, r.share;

insert into recon.charge
select o.period, g.with_estimate, 'reallocated_out', g.provider, g.business_unit, g.team_id, g.service, g.environment, g.tenant_id, g.feature, g.model,
       g.usage_class, trim_scale(-g.amount * r.share)
  from charge_group g
  join (select distinct with_estimate, business_unit, share from charge_receiver
        union all
        select v.with_estimate, r.business_unit, sum(r.share) from charge_route r, (values (false), (true)) v (with_estimate)
         where r.basis = 'fixed' group by v.with_estimate, r.business_unit) r using (with_estimate, business_unit)
 cross join run_option o
 where g.amount <> 0
union all
select o.period, with_estimate, 'reallocated_in', provider, receiver, '', '', '', '', '', '', '', trim_scale(sum(m.amount))
  from charge_move m cross join run_option o
 group by o.period, with_estimate, provider, receiver having sum(m.amount) <> 0;

-- The arithmetic: rate × quantity ÷ per. What is given away is negative.
insert into recon.charge_step
select o.period, m.with_estimate, s.business_unit, s.step, s.other, row_number() over (partition by m.with_estimate, s.business_unit, s.step order by s.other collate "C"),
       trim_scale(case when u.receiver is null then b.amount else u.usage end), case when u.receiver is null then 1 else trim_scale(u.total) end,
       trim_scale(s.sign * case when u.receiver is null then r.share else b.amount * u.share end), trim_scale(s.sign * m.amount)
  from (select with_estimate, business_unit, receiver, sum(amount) as amount from charge_move group by with_estimate, business_unit, receiver) m
  join (select with_estimate, business_unit, sum(amount) as amount from charge_group group by with_estimate, business_unit) b using (with_estimate, business_unit)
  left join charge_receiver u using (with_estimate, business_unit, receiver)
  left join charge_route r on r.business_unit = m.business_unit and r.receiver = m.receiver and r.basis = 'fixed'
 cross join lateral (values ('reallocated_out', m.business_unit, m.receiver, -1), ('reallocated_in', m.receiver, m.business_unit, 1)) s (step, business_unit, other, sign)
 cross join run_option o;

-- What is left with a business unit after that.
create temporary table charge_cost on commit drop as
select with_estimate, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class, sum(amount) as amount
  from (select with_estimate, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class, amount from charge_group
        union all
        select with_estimate, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class, amount_usd
          from recon.charge c, run_option o where c.period = o.period) a
 group by with_estimate, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class;

insert into recon.charge_step
select o.period, c.with_estimate, c.business_unit, 'markup', '', 1, trim_scale(sum(c.amount)), 1, r.markup, trim_scale(sum(c.amount) * r.markup)
  from charge_rule r join charge_cost c on c.business_unit = r.business_unit_id cross join run_option o
 where r.model = 'direct' and r.markup <> 1
 group by o.period, c.with_estimate, c.business_unit, r.markup
union all
select o.period, m.with_estimate, m.business_unit, 'pool', '', 1, trim_scale(m.usage), trim_scale(m.total), m.pool_usd, trim_scale(s.amount)
  from charge_member m join share_out s using (pool, cell) cross join run_option o
union all
select o.period, t.with_estimate, t.business_unit, 'band', case when r.to_tokens is null then format('tokens above %s', r.from_tokens) else format('tokens %s to %s', r.from_tokens, r.to_tokens) end, r.from_tokens,
       q.tokens, 1000000, r.usd_per_million, trim_scale(q.tokens * r.usd_per_million * 0.000001)
  from charge_rule r
  join (select with_estimate, business_unit, sum(tokens) as tokens from charge_group group by with_estimate, business_unit) t
       on t.business_unit = r.business_unit_id and t.tokens > r.from_tokens
 cross join lateral (select least(t.tokens, coalesce(r.to_tokens, t.tokens)) - r.from_tokens as tokens) q
 cross join run_option o
 where r.model = 'tiered';

create temporary table charge_total on commit drop as
select row_number() over (order by s.with_estimate, s.business_unit collate "C") as pool, s.with_estimate, s.business_unit, sum(s.amount_usd) as amount
  from recon.charge_step s join run_option o on o.period = s.period
 where s.step in ('pool', 'band')
 group by s.with_estimate, s.business_unit;

create temporary table charge_cell on commit drop as
select w.*, row_number() over (partition by w.pool order by w.provider collate "C", w.team_id collate "C", w.service collate "C", w.environment collate "C",
                               w.tenant_id collate "C", w.feature collate "C", w.model collate "C", w.usage_class collate "C") as cell
  from (select t.pool, g.*, case when sum(greatest(0, g.usage)) over (partition by t.pool) > 0 then greatest(0, g.usage) else g.tokens end as weight
          from charge_total t join charge_group g using (with_estimate, business_unit)) w
 where w.weight > 0;

truncate share_in;

insert into share_in select c.pool, c.cell, t.amount, c.weight from charge_cell c join charge_total t using (pool);
