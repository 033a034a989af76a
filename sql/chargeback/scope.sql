-- Models and re-allocations in force at the period's last instant, what they rest on, and the first amounts that are shared:
-- what is re-allocated by usage, and the pool of allocated business units. Usage is what was billed for it, all providers
-- together; less than nothing weighs nothing. Everything is reckoned twice: as billed, and as an accrual sees it.
-- Runs after match/ and journal/estimate: uses day_owner.
-- $1 period: text
delete from recon.charge_model where period = $1;
delete from recon.charge where period = $1;
delete from recon.charge_step where period = $1;

create temporary table charge_rule on commit drop as
select c.* from ref.chargeback c, run_option o where ref.in_force(c.valid_from, c.valid_to, ref.utc_date(o.period_end) - 1);

insert into recon.charge_model select distinct $1, business_unit_id, model from charge_rule;

create temporary table charge_route on commit drop as
select r.from_business_unit as business_unit, r.basis, r.to_business_unit as receiver, r.share
  from ref.reallocation r, run_option o where ref.in_force(r.valid_from, r.valid_to, ref.utc_date(o.period_end) - 1);

-- What was billed, estimated and metered, in the grain in which it is charged; empty where nothing is in force.
create temporary table charge_group on commit drop as
select v.with_estimate, a.provider, a.business_unit, a.team_id, a.service, a.environment, a.tenant_id, a.feature, a.model, a.usage_class,
       sum(a.usage) as usage, sum(a.amount) as amount, sum(a.tokens) as tokens
  from (values (false), (true)) v (with_estimate)
  join (select false as is_estimate, p.provider, p.business_unit, p.team_id, p.service, p.environment, p.tenant_id, p.feature, p.model,
               p.usage_class, p.usage_billed as usage, p.usage_billed + p.charges as amount, 0 as tokens
          from recon.posting p, run_option o where p.period = o.period
        union all
        select true, e.provider, e.business_unit, e.team_id, '', '', '', '', '', '', e.amount_usd, e.amount_usd, 0
          from recon.accrual_estimate e, run_option o where e.period = o.period
        union all
        select false, h.provider, w.business_unit, w.team, h.service, h.environment, h.tenant_id, h.feature, h.model, '', 0, 0,
               d.n_input + d.n_cache_read + d.n_cache_write_5m + d.n_cache_write_1h + d.n_output
          from kind_day d
          join recon.event_kind h using (kind_no)
          join day_owner w on w.team_id = h.team_id and w.service = h.service and w.day = d.day
         where d.in_period and exists (select from charge_rule where model = 'tiered')) a on v.with_estimate or not a.is_estimate
 where exists (select from charge_rule) or exists (select from charge_route)
 group by v.with_estimate, a.provider, a.business_unit, a.team_id, a.service, a.environment, a.tenant_id, a.feature, a.model, a.usage_class;

create temporary table charge_usage on commit drop as
select with_estimate, business_unit, sum(usage) as usage from charge_group group by with_estimate, business_unit having sum(usage) > 0;

-- Who receives by usage.
create temporary table charge_receiver on commit drop as
select u.with_estimate, r.business_unit, u.business_unit as receiver, r.share, u.usage,
       row_number() over (partition by u.with_estimate, r.business_unit order by u.business_unit collate "C") as cell,
       sum(u.usage) over (partition by u.with_estimate, r.business_unit) as total
  from charge_route r
  join charge_usage u on case when r.receiver <> '' then u.business_unit = r.receiver
                              else u.business_unit <> 'unattributed' and u.business_unit not in (select business_unit from charge_route) end
 where r.basis = 'usage';

-- What they receive, per provider.
create temporary table charge_pool on commit drop as
select row_number() over (order by g.with_estimate, g.provider collate "C", g.business_unit collate "C") as pool,
       g.with_estimate, g.provider, g.business_unit, sum(g.amount) * r.share as amount
  from charge_group g
  join (select distinct with_estimate, business_unit, share from charge_receiver) r using (with_estimate, business_unit)
 group by g.with_estimate, g.provider, g.business_unit, r.share;

-- Who shares the pool; pools below 0 are these.
create temporary table charge_member on commit drop as
select case when u.with_estimate then -2 else -1 end as pool, u.with_estimate, u.business_unit, r.pool_usd, u.usage,
       row_number() over (partition by u.with_estimate order by u.business_unit collate "C") as cell,
       sum(u.usage) over (partition by u.with_estimate) as total
  from charge_rule r join charge_usage u on u.business_unit = r.business_unit_id
 where r.model = 'allocated';

truncate share_in;

insert into share_in
select p.pool, r.cell, p.amount, r.usage from charge_pool p join charge_receiver r using (with_estimate, business_unit)
union all
select pool, cell, pool_usd, usage from charge_member;
