-- Step 3: usage that no event explains goes to the team that owners.csv gives for the line's tag, principal, resource,
-- API key, project or account.

-- Usage lines whose request id no event has.
create temporary table orphan_line on commit drop as
select l.file_id, l.attribute_no, l.day, a.provider, coalesce(a.model, '') as model, coalesce(a.usage_class, '') as usage_class,
       sum(l.cost_usd) as cost_usd, sum(l.lines) as lines
  from recon.exact_orphan l
  join run_option o on o.period = l.period
  join scope_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.charge_type = 'usage'
 group by l.file_id, l.attribute_no, l.day, a.provider, a.model, a.usage_class;

create temporary table line_owner on commit drop as
select k.file_id, k.attribute_no, k.day, coalesce(w.team_id, '') as team, coalesce(w.business_unit_id, 'unattributed') as business_unit
  from (select l.file_id, l.attribute_no, ref.utc_date(l.usage_start) as day
          from bucket_line l
          join left_over using (bucket_id)
        union
        select file_id, attribute_no, day from orphan_line) k
  join scope_attribute a on a.file_id = k.file_id and a.attribute_no = k.attribute_no
  left join lateral ref.owner_of(a.provider, k.day, a.tags, a.principal, a.resource_id, a.api_key_id, a.account_id) w on true;

-- Lines of what buckets left, by owner.
create temporary table left_line on commit drop as
select v.bucket_id, v.amount, v.whole, w.team, w.business_unit, a.provider, coalesce(a.model, '') as model,
       coalesce(a.usage_class, '') as usage_class, sum(l.cost_usd) as cost_usd, sum(l.lines) as lines
  from left_over v
  join bucket_line l using (bucket_id)
  join scope_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no
  join line_owner w on w.file_id = l.file_id and w.attribute_no = l.attribute_no and w.day = ref.utc_date(l.usage_start)
 group by v.bucket_id, v.amount, v.whole, w.team, w.business_unit, a.provider, coalesce(a.model, ''), coalesce(a.usage_class, '');

create temporary table left_cell on commit drop as
select bucket_id, amount, team, business_unit, sum(cost_usd) as cost_usd, sum(lines) as lines,
       row_number() over (partition by bucket_id order by team collate "C", business_unit collate "C") as cell,
       sum(sum(cost_usd)) over (partition by bucket_id) as total
  from left_line where not whole
 group by bucket_id, amount, team, business_unit;

truncate share_in;

insert into share_in
select bucket_id, cell, amount, case when total = 0 then 1 else cost_usd end from left_cell;
