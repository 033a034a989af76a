-- What was billed, by the step that attributed it; on screens the largest 40, and the rest as one row.
-- $4 style: text
with part as (
	select step, business_unit, team_id, model, usage_class, charge_type, count(distinct bucket_no) as buckets, sum(lines) as lines, sum(amount) as amount
	  from seen_posting
	 group by step, business_unit, team_id, model, usage_class, charge_type
), ranked as (
	select p.*, row_number() over (order by abs(amount) desc, step, business_unit collate "C", team_id collate "C", model collate "C",
	                               usage_class collate "C", charge_type collate "C") as place
	  from part p
)
select step, business_unit, team_id, model, usage_class, charge_type, buckets, lines, amount_usd
  from (select place, step, business_unit, team_id, model, usage_class, charge_type, nullif(buckets, 0)::text as buckets,
               nullif(lines, 0)::text as lines, ref.amount_as(amount, $4) as amount_usd
          from ranked where place <= 40 or $4 <> 'screen'
        union all
        select 41, 'the other ' || count(*), '', '', '', '', '', '', '', ref.amount_as(sum(amount), $4) from ranked where place > 40 and $4 = 'screen' having count(*) > 0
        union all
        select 42, 'total', '', '', '', '', '', '', '', ref.amount_as(sum(amount), $4) from ranked where $4 = 'screen' having count(*) > 0) p
 order by place;
