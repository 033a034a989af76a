-- Step 4: spreads policy_pool's amounts over business units: all to one, or in proportion to billed usage of that
-- provider, unattributed included, negative usage weighing nothing; to unattributed where nobody has usage.
create temporary table if not exists policy_cell (
	pool bigint not null, cell bigint not null, business_unit text not null, amount numeric not null, weight numeric not null
) on commit drop;

truncate policy_cell;

insert into policy_cell
select p.pool, row_number() over (partition by p.pool order by u.business_unit collate "C"), u.business_unit, p.amount, u.weight
  from policy_pool p
  join (select t.provider, t.business_unit, greatest(0, sum(t.usage_billed)) as weight
          from recon.posting t, run_option o where t.period = o.period
         group by t.provider, t.business_unit) u on u.provider = p.provider
 where p.method = 'pro_rata' and u.weight > 0;

insert into policy_cell
select p.pool, 1, case when p.method = 'business_unit' then p.target else 'unattributed' end, p.amount, 1
  from policy_pool p
 where not exists (select from policy_cell c where c.pool = p.pool);

truncate share_in;

insert into share_in select pool, cell, amount, weight from policy_cell;
