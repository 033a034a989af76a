-- Keeps each event of the stale hours with its cell, in its month's part of recon.event_key.
-- $2 from: timestamptz, $3 to: timestamptz, $4 hours: timestamptz[]
do $$
declare
	month record;
begin
	for month in select ref.period_of(hour) as period from stale_hour group by 1 loop
		if to_regclass('recon.event_key_' || replace(month.period, '-', '_')) is null then
			execute format('create table recon.%I partition of recon.event_key for values from (%s) to (%s)', 'event_key_' || replace(month.period, '-', '_'),
			               recon.hour_no(ref.period_start(month.period)) << 32, recon.hour_no(ref.period_end(month.period)) << 32);
			execute format('create index on recon.%I using brin (cell_no) with (pages_per_range = 32)', 'event_key_' || replace(month.period, '-', '_'));
		end if;
	end loop;
end $$;

delete from recon.event_key
 where cell_no >= recon.hour_no($2) << 32 and cell_no < recon.hour_no($3) << 32
   and recon.hour_of(cell_no) = any ($4);

insert into recon.event_key
select k.request_id, o.cell_no, k.n_input, k.n_cache_read, k.n_cache_write_5m, k.n_cache_write_1h, k.n_output
  from scratch.new_key k
  join scratch.cell_of o using (hour, names);

do $$
declare
	part record;
begin
	for part in select distinct 'event_key_' || replace(ref.period_of(hour), '-', '_') as name from stale_hour loop
		execute format('analyze recon.%I (request_id, cell_no)', part.name);
		perform brin_summarize_new_values(i.indexrelid::regclass) from pg_index i where i.indrelid = ('recon.' || part.name)::regclass;
	end loop;
end $$;
