-- One pass over the events of the stale hours, which keeps of each what it counts and one number for all that it names;
-- and these by hour. What follows reads the few cells, so that names are made canonical, and prices looked up and multiplied,
-- once per cell and not once per event. (The hours are parameters, because a plan that knows them reads a month in
-- parallel and a day by its block ranges.)
-- $2 from: timestamptz, $3 to: timestamptz, $4 hours: timestamptz[]
delete from recon.price_band where (select prices from rollup_scope);

insert into recon.price_band
select provider, model, array_agg(distinct above_input_tokens order by above_input_tokens)
  from ref.price
 where above_input_tokens > 0 and (select prices from rollup_scope)
 group by provider, model;

update recon.price_epoch
   set boundaries = coalesce((select array_agg(day order by day)
                                from (select valid_from as day from ref.price where isfinite(valid_from)
                                      union select valid_to from ref.price where isfinite(valid_to)) days), '{}')
 where (select prices from rollup_scope);

select ops.settle(name) from unnest('{recon.price_band, recon.uncounted_event}'::regclass[]) name;

-- (Compiled where there are many.)
set local jit_above_cost = 20000;
set local jit_optimize_above_cost = 20000;
set local jit = on;

create unlogged table scratch.new_key as
select request_id, hour, names, n_input, n_cache_read, n_cache_write_5m, n_cache_write_1h, n_output, computed_cost_usd as stated_cost,
       inconsistent or hit_charged or status = 'partial' as is_odd
  from recon.counted_event
 where "timestamp" >= $2 and "timestamp" < $3 and hour = any ($4);

-- (Hashed whatever the planner thinks of a table without statistics: there are few cells.)
set local enable_sort = off;

create temporary table event_cell on commit drop as
select hour, names, stated_cost is null as is_unrated, count(*) as events, bit_xor(hashtextextended(request_id, 0)) as ids, sum(n_input) as n_input,
       sum(n_cache_read) as n_cache_read, sum(n_cache_write_5m) as n_cache_write_5m, sum(n_cache_write_1h) as n_cache_write_1h,
       sum(n_output) as n_output, sum(stated_cost) as stated_cost, min(request_id collate "C") as first_request_id
  from scratch.new_key
 group by hour, names, stated_cost is null;

set local enable_sort = on;
set local jit = off;

analyze event_cell;

-- What the numbers stand for that came for the first time, as one of their events says.
delete from recon.event_name where (select everything from rollup_scope);

-- (In a table of its own, because INSERT does not read in parallel.)
create unlogged table scratch.new_name as
select names, min(first_request_id collate "C") as request_id
  from event_cell c
 where not exists (select from recon.event_name n where n.names = c.names)
 group by names;

create unlogged table scratch.named as
select e.names, e.provider, e.model, e.service_tier, e.batch, e.billing_rule_version, e.unit_price, e.band, e.account_id, e.region,
       e.team_id, e.service, e.environment, e.tenant_id, e.feature, e.outcome, e.classes
  from scratch.new_name n
  join recon.counted_event e on e.request_id = n.request_id
 where e."timestamp" >= $2 and e."timestamp" < $3 and e.names = n.names;

insert into recon.event_name
select distinct on (names) * from scratch.named;

drop table scratch.new_name, scratch.named;

select ops.settle('recon.event_name');
