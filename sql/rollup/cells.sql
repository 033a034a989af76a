-- The events of the stale hours by hour and names (replay/cells does the same without keeping the events).
-- (Hashed whatever the planner thinks of a table without statistics: there are few cells.)
set local enable_sort = off;

create temporary table event_cell on commit drop as
select hour, names, stated_cost is null as is_unrated, count(*) as events, bit_xor(hashtextextended(request_id, 0)) as ids, sum(n_input) as n_input,
       sum(n_cache_read) as n_cache_read, sum(n_cache_write_5m) as n_cache_write_5m, sum(n_cache_write_1h) as n_cache_write_1h,
       sum(n_output) as n_output, sum(stated_cost) as stated_cost, min(request_id collate "C") as first_request_id
  from scratch.new_key
 group by hour, names, stated_cost is null;

set local enable_sort = on;

analyze event_cell;
