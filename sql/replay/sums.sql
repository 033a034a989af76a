-- Sums the lines of deliveries as run/line_sums.c does while it loads them, from what is stored: provider.line_sum.
-- $1 delivery_id: bigint[], $2 period: text[]   of the deliveries: what the plan reads is these partitions
-- (The many lines are grouped in parallel by what they hold themselves, and those with a request id by their attribute alone, of
-- which there are few. One number per attribute, because the planner knows nothing of how two columns of a partitioned table
-- go together; CREATE TABLE AS, because INSERT does not read in parallel. What reads a million rows is worth a second process
-- even if the planner thinks that many of them come back, and worth compiling.)
set local parallel_setup_cost = 100;
set local parallel_tuple_cost = 0.01;
set local jit_above_cost = 50000;
set local jit_optimize_above_cost = 50000;
set local jit = on;

create temporary table window_sum on commit drop as
select delivery_id, file_id << 32 | attribute_no as attribute, min(usage_start) as usage_start, max(usage_end) as usage_end,
       cost is not null as has_cost, count(*) as lines, sum(cost) as cost, case when count(q.quantity) = count(*) then sum(q.quantity) end as quantity
  from provider.line_fact
 cross join lateral (select case when kind_no & 8 = 0 then quantity end as quantity) q
 where delivery_id = any ($1) and period = any ($2)
 group by delivery_id, file_id << 32 | attribute_no, cost is not null, case when kind_no & 8 = 0 then usage_start end,
          case when kind_no & 8 = 0 then usage_end end;

set local jit = off;

insert into provider.line_sum
select w.delivery_id, w.attribute >> 32, (w.attribute & 4294967295)::int, d.period, w.usage_start, w.usage_end, w.has_cost,
       w.lines, w.cost, w.quantity
  from window_sum w
  join unnest($1, $2) as d (delivery_id, period) using (delivery_id);
