-- Makes the stale hours of the roll-up anew. Creates scratch.cell_of: the cell of what comes under an hour and names.
create unlogged table scratch.cell_of as
select c.hour, c.names, recon.hour_no(c.hour) << 32 | k.kind_no as cell_no, k.kind_no, n.is_suspect
  from (select distinct hour, names from event_cell) c
 cross join recon.price_epoch s
  join name_kind n on n.names = c.names and n.epoch = width_bucket(ref.utc_date(c.hour), s.boundaries)
  join recon.event_kind k using (digest);

analyze scratch.cell_of;

delete from recon.hour_cell where hour in (select hour from stale_hour);

insert into recon.hour_cell
select o.cell_no, min(o.hour), min(o.kind_no), sum(c.events), bit_xor(c.ids), sum(n_input), sum(n_cache_read), sum(n_cache_write_5m), sum(n_cache_write_1h),
       sum(n_output),
       sum(case when is_unrated then coalesce(n_input * k.p_input, 0) + coalesce(n_cache_read * k.p_cache_read, 0)
                                     + coalesce(n_cache_write_5m * k.p_cache_write_5m, 0) + coalesce(n_cache_write_1h * k.p_cache_write_1h, 0)
                                     + coalesce(n_output * k.p_output, 0) else stated_cost end),
       sum(case when is_unrated then c.events else 0 end), min(c.first_request_id collate "C")
  from event_cell c
  join scratch.cell_of o using (hour, names)
  join recon.event_kind k using (kind_no)
 group by o.cell_no;

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
