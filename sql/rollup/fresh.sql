-- Finds what the roll-up has not seen: new event rows, and the hours they touch. Creates temporary tables fresh_row,
-- stale_hour and rollup_scope (one row: whether everything is to be made anew).
-- $1 price_digest: text   of the reference data in force
create temporary table rollup_scope on commit drop as
select price_digest <> $1 as everything, snapshot, pg_current_snapshot() as next_snapshot from recon.rollup_state;

create temporary table fresh_row on commit drop as
select e.request_id, e.provider, e.file_id, e.row_no, date_bin('1 hour', e."timestamp", '2000-01-01 00:00:00+00') as hour
  from gateway.event e
 where e.xid >= (select pg_snapshot_xmin(snapshot)::text::bigint from rollup_scope)
   and not pg_visible_in_snapshot(e.xid::text::xid8, (select snapshot from rollup_scope));

-- Statistics and block ranges of what came new: without them plans and BRIN indexes know only what was there before.
do $$
begin
	if exists (select from fresh_row) then
		analyze gateway.event (request_id, provider, "timestamp", xid, file_id, row_no, status, model);
		perform brin_summarize_new_values('gateway.event_xid'), brin_summarize_new_values('gateway.event_timestamp');
	end if;
end $$;

analyze fresh_row (request_id, provider);

create temporary table stale_hour on commit drop as
select distinct hour from fresh_row
union
select distinct date_bin('1 hour', "timestamp", '2000-01-01 00:00:00+00') from gateway.event
 where (select everything from rollup_scope);
