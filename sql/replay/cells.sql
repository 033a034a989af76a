-- To prove a month: rollup/cells from the events themselves, which are not kept; what they are kept as is told by one number (keys).
-- $2 from: timestamptz, $3 to: timestamptz, $4 hours: timestamptz[]
set local enable_sort = off;

create temporary table event_cell on commit drop as
select hour, names, is_unrated, count(*) as events, bit_xor(hashtextextended(request_id, 0)) as ids,
       bit_xor(recon.key_no(request_id, n_input, n_cache_read, n_cache_write_5m, n_cache_write_1h, n_output)) as keys, sum(n_input) as n_input,
       sum(n_cache_read) as n_cache_read, sum(n_cache_write_5m) as n_cache_write_5m, sum(n_cache_write_1h) as n_cache_write_1h,
       sum(n_output) as n_output, sum(computed_cost_usd) as stated_cost, min(request_id collate "C") as first_request_id
  from (select hour, names, computed_cost_usd is null as is_unrated, request_id, n_input, n_cache_read, n_cache_write_5m, n_cache_write_1h, n_output,
               computed_cost_usd
          from recon.counted_event
         where "timestamp" >= $2 and "timestamp" < $3 and hour = any ($4)
        offset 0) e -- what is grouped by is made once, and by both processes
 group by hour, names, is_unrated;

set local enable_sort = on;

analyze event_cell;
