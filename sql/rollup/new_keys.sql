-- One pass over the events of the stale hours, which keeps of each what it counts and one number for all that it names. What
-- follows reads this, and then the few cells, so that names are made canonical, and prices looked up and multiplied, once per
-- cell and not once per event. (The hours are parameters, because a plan that knows them reads a month in parallel and a day by
-- its block ranges.)
-- $2 from: timestamptz, $3 to: timestamptz, $4 hours: timestamptz[]

create unlogged table scratch.new_key as
select request_id, hour, names, n_input, n_cache_read, n_cache_write_5m, n_cache_write_1h, n_output, computed_cost_usd as stated_cost,
       inconsistent or hit_charged or status = 'partial' as is_odd
  from recon.counted_event
 where "timestamp" >= $2 and "timestamp" < $3 and hour = any ($4);

