-- Finds what the roll-up has not seen: new event rows, and the hours they touch. Creates scratch.fresh_event, and temporary
-- tables fresh_hour, stale_hour and rollup_scope (one row: whether everything is to be made anew, and prices).
-- $1 price_digest: text   of the reference data in force
-- $2 oldest_xid: bigint, $3 snapshot: pg_snapshot, $4 next_xid: bigint   of the last run
create temporary table rollup_scope on commit drop as
select price_digest <> $1 as everything, price_digest <> $1 as prices, pg_current_snapshot() as next_snapshot from recon.rollup_state;

create unlogged table scratch.fresh_event as
select request_id, provider, date_bin('1 hour', "timestamp", '2000-01-01 00:00:00+00') as hour, file_id, row_no
  from gateway.event
 where xid >= $2 and (xid >= $4 or not pg_visible_in_snapshot(xid::text::xid8, $3));

create temporary table fresh_hour on commit drop as
select provider, hour, file_id
  from scratch.fresh_event
 group by provider, hour, file_id;

-- Statistics and block ranges of what came new: without them plans and BRIN indexes know only what was there before.
do $$
begin
	if exists (select from fresh_hour) then
		perform ops.settle_events();
	end if;
end $$;

create temporary table stale_hour on commit drop as
select distinct hour from fresh_hour
union
select distinct date_bin('1 hour', "timestamp", '2000-01-01 00:00:00+00') from gateway.event
 where (select everything from rollup_scope);

-- Result: whether there is anything to do.
select exists (select from stale_hour) or (select everything from rollup_scope);
