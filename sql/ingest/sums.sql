-- Sums the lines of deliveries that were just loaded: provider.line_sum. Creates new_sum, which is what came new in it.
-- $1 delivery_id: bigint[], $2 period: text[]   of the deliveries: what the plan reads is these partitions
-- (Two steps: the many lines are grouped by what they hold themselves, in parallel, and those with a request id by their attribute
-- alone, of which there are few. One number per attribute,
-- because the planner knows nothing of how two columns of a partitioned table go together, and CREATE TABLE AS, because
-- INSERT does not read in parallel.)
-- (What reads a million rows is worth a second process even if the planner thinks that many of them come back.)
set local parallel_setup_cost = 100;
set local parallel_tuple_cost = 0.01;

create temporary table window_sum on commit drop as
select delivery_id, file_id << 32 | attribute_no as attribute, min(usage_start) as usage_start, max(usage_end) as usage_end,
       cost is not null as has_cost, count(*) as lines, sum(cost) as cost, sum(quantity) as quantity, count(quantity) as sized_lines
  from provider.line_fact
 where delivery_id = any ($1) and period = any ($2)
 group by delivery_id, file_id << 32 | attribute_no, cost is not null, case when kind_no & 8 = 0 then usage_start end,
          case when kind_no & 8 = 0 then usage_end end;

create temporary table new_sum on commit drop as
select w.delivery_id, a.file_id, a.attribute_no, d.period, min(w.usage_start) as usage_start, max(w.usage_end) as usage_end, w.has_cost,
       sum(w.lines)::bigint as lines, sum(w.cost) as cost, case when sum(w.sized_lines) = sum(w.lines) then sum(w.quantity) end as quantity
  from window_sum w
  join unnest($1, $2) as d (delivery_id, period) using (delivery_id)
  join provider.line_attribute a on a.file_id = w.attribute >> 32 and a.attribute_no = (w.attribute & 4294967295)::int
 group by w.delivery_id, d.period, a.file_id, a.attribute_no, w.has_cost,
          case when not a.has_request_id then w.usage_start end, case when not a.has_request_id then w.usage_end end;

insert into provider.line_sum select * from new_sum;

analyze new_sum;
