-- Makes the stale hours of the roll-up anew.
delete from recon.hour_cell where hour in (select hour from stale_hour);

insert into recon.hour_cell select * from new_cell;

select ops.settle('recon.hour_cell', 'cell_no', 'hour', 'kind_no');

delete from recon.hour_digest where hour in (select hour from stale_hour) or (select everything from rollup_scope);

insert into recon.hour_digest
select hour, encode(sha256(convert_to(string_agg(concat_ws(' ', k.digest, c.events, c.ids, trim_scale(c.computed_usd), c.rated_by_closebook, c.first_request_id,
                                                           c.n_input, c.n_cache_read, c.n_cache_write_5m, c.n_cache_write_1h, c.n_output),
                                                 E'\n' order by k.digest), 'UTF8')), 'hex')
  from recon.hour_cell c
  join recon.event_kind k using (kind_no)
 where c.hour in (select hour from stale_hour)
 group by hour;
