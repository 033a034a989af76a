-- Sums the lines of deliveries that were just loaded: provider.line_sum.
-- $1 delivery_id: bigint[], $2 period: text[]   of the deliveries: what the plan reads is these partitions
-- (A table of its own, because CREATE TABLE AS reads lines in parallel and INSERT does not.)
create temporary table new_sum on commit drop as
select l.delivery_id, l.file_id, l.attribute_no, l.period, min(l.usage_start) as usage_start, max(l.usage_end) as usage_end,
       l.cost is not null as has_cost, count(*) as lines, sum(l.cost) as cost,
       case when count(l.quantity) = count(*) then sum(l.quantity) end as quantity
  from provider.line_fact l
  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no
 where l.delivery_id = any ($1) and l.period = any ($2)
 group by l.delivery_id, l.file_id, l.attribute_no, l.period, l.cost is not null,
          case when not a.has_request_id then l.usage_start end, case when not a.has_request_id then l.usage_end end;

insert into provider.line_sum select * from new_sum;

analyze new_sum;
