-- Keeps each event of the stale hours with its cell.
-- $2 from: timestamptz, $3 to: timestamptz, $4 hours: timestamptz[]
delete from recon.event_key
 where cell_no >= recon.hour_no($2) << 32 and cell_no < recon.hour_no($3) << 32
   and recon.hour_of(cell_no) = any ($4);

insert into recon.event_key
select k.request_id, o.cell_no, k.n_input, k.n_cache_read, k.n_cache_write_5m, k.n_cache_write_1h, k.n_output
  from scratch.new_key k
  join scratch.cell_of o using (hour, names);

select ops.settle('recon.event_key', 'request_id', 'cell_no');
