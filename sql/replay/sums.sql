-- Sums the lines of deliveries as run/line_sums.c does while it loads them, from what is stored: provider.line_sum.
-- $1 delivery_id: bigint[], $2 period: text[]   of those with lines that have a request id: what the plan reads is these partitions
-- $3 delivery_id: bigint[], $4 period: text[]   of those with others
-- (The many lines are grouped in parallel by what they hold themselves, and those with a request id by their attribute alone, of
-- which there are few. One number per attribute, because fewer columns are grouped faster, and the planner knows nothing of how
-- two of them go together; CREATE TABLE AS, because INSERT does not read in parallel. What reads a million rows is worth a second
-- process even if the planner thinks that many of them come back, and worth compiling.)
set local jit_above_cost = 50000;
set local jit_optimize_above_cost = 50000;
set local jit = on;

create temporary table named_sum on commit drop as
select delivery_id, attribute, min(usage_start) as usage_start, max(usage_end) as usage_end, count(*) as lines, sum(cost) as cost
  from provider.line_fact
 cross join lateral (select file_id << 33 | (attribute_no::bigint << 1) | (cost is not null)::int as attribute) a
 where kind_no & 8 <> 0 and delivery_id = any ($1) and period = any ($2)
 group by delivery_id, attribute;

create temporary table window_sum on commit drop as
select delivery_id, attribute, usage_start, usage_end, count(*) as lines, sum(cost) as cost, sum(quantity) as quantity
  from provider.line_fact
 cross join lateral (select file_id << 33 | (attribute_no::bigint << 1) | (cost is not null)::int as attribute) a
 where kind_no & 8 = 0 and delivery_id = any ($3) and period = any ($4)
 group by delivery_id, attribute, usage_start, usage_end, quantity is null;

set local jit = off;

insert into provider.line_sum
select w.delivery_id, w.attribute >> 33, ((w.attribute >> 1) & 4294967295)::int, d.period, w.usage_start, w.usage_end, w.attribute & 1 = 1,
       w.lines, w.cost, w.quantity
  from (select *, null::numeric as quantity from named_sum union all select * from window_sum) w
  join provider.delivery d using (delivery_id);
