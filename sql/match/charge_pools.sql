-- Step 4 for charges: one pool per provider and charge type. A charge that names a known request went to its owner already.
truncate policy_pool;

insert into policy_pool
select row_number() over (), c.provider, '', '', c.charge_type, coalesce(a.method, 'pro_rata'), coalesce(a.target, ''), c.amount, c.lines
  from (select provider, charge_type, sum(amount) as amount, sum(lines) as lines
          from (select provider, charge_type, cost_usd as amount, lines from open_line
                 where own and has_cost and charge_type <> 'usage'
                union all
                select l.provider, l.charge_type, l.cost_usd, l.lines from exact_line l
                 where l.own and l.charge_type <> 'usage'
                   and not exists (select from exact_event e where e.provider = l.provider and e.request_id = l.request_id)) x
         group by provider, charge_type) c
  left join ref.allocation a on a.charge_type = c.charge_type;
