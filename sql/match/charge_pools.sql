-- Step 4 for charges: one pool per provider and charge type. A charge that names a known request went to its owner already.
truncate policy_pool;

insert into policy_pool
select row_number() over (), c.provider, '', '', c.charge_type, coalesce(a.method, 'pro_rata'), coalesce(a.target, ''), c.amount, c.lines
  from (select provider, charge_type, sum(amount) as amount, sum(lines) as lines
          from (select provider, charge_type, cost_usd as amount, lines from open_line
                 where own and has_cost and charge_type <> 'usage'
                union all
                select a.provider, a.charge_type, l.cost_usd, l.lines
                  from recon.exact_orphan l
                  join run_option o on o.period = l.period
                  join scope_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.charge_type <> 'usage') x
         group by provider, charge_type) c
  left join ref.allocation a on a.charge_type = c.charge_type;
