-- Steps 3 and 5, the money: what was left to the owners of lines, and the usage that step 4 takes instead of step 5 because allocations.csv names its class.
-- share_out is used again before exceptions look at these shares.
create temporary table left_share on commit drop as select * from share_out;

create temporary table owned on commit drop as
select provider, business_unit, team, model, usage_class, sum(amount) as amount, sum(lines) as lines
  from (select provider, business_unit, team, model, usage_class, cost_usd as amount, lines from left_line where whole
        union all
        select k.provider, c.business_unit, c.team, coalesce(k.model, ''), coalesce(k.usage_class, ''), s.amount, c.lines
          from left_cell c
          join share_out s on s.pool = c.bucket_id and s.cell = c.cell
          join bucket b using (bucket_id)
          join bucket_key k using (key_no)
        union all
        select l.provider, w.business_unit, w.team, l.model, l.usage_class, l.cost_usd, l.lines
          from orphan_line l
          join line_owner w on w.file_id = l.file_id and w.attribute_no = l.attribute_no and w.day = l.day) a
 group by provider, business_unit, team, model, usage_class;

insert into recon.posting (period, step, provider, business_unit, team_id, service, environment, tenant_id, feature, model,
	usage_class, charge_type, lines, usage_billed, unmetered)
select o.period, case when w.team = '' then 'unattributed' else 'owner' end, w.provider, w.business_unit, w.team, '', '', '', '',
       w.model, w.usage_class, 'usage', w.lines, w.amount, w.amount
  from owned w
  cross join run_option o
 where w.team <> '' or not exists (select from ref.allocation a where a.charge_type = 'usage:' || w.usage_class);

-- Step 4 for usage: one pool per provider and class, over the business units' billed usage so far.
-- What one business unit takes whole keeps its model.
create temporary table policy_pool on commit drop as
select row_number() over () as pool, w.provider, case when a.method = 'business_unit' then w.model else '' end as model, w.usage_class,
       'usage' as charge_type, a.method, a.target, sum(w.amount) as amount, sum(w.lines) as lines
  from owned w
  join ref.allocation a on a.charge_type = 'usage:' || w.usage_class
 where w.team = ''
 group by w.provider, 3, w.usage_class, a.method, a.target;
