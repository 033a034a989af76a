-- What the stale hours of the roll-up are to hold. Creates scratch.cell_of, the cell of what comes under an hour and names; and
-- new_cell, in the form of recon.hour_cell.
create unlogged table scratch.cell_of as
select c.hour, c.names, recon.hour_no(c.hour) << 32 | k.kind_no as cell_no, k.kind_no, n.is_suspect
  from (select distinct hour, names from event_cell) c
 cross join recon.price_epoch s
  join name_kind n on n.names = c.names and n.epoch = width_bucket(ref.utc_date(c.hour), s.boundaries)
  join recon.event_kind k using (digest);

analyze scratch.cell_of;

create temporary table new_cell on commit drop as
select o.cell_no, min(o.hour) as hour, min(o.kind_no) as kind_no, sum(c.events)::bigint as events, bit_xor(c.ids) as ids, sum(n_input)::bigint as n_input,
       sum(n_cache_read)::bigint as n_cache_read, sum(n_cache_write_5m)::bigint as n_cache_write_5m, sum(n_cache_write_1h)::bigint as n_cache_write_1h,
       sum(n_output)::bigint as n_output,
       sum(case when is_unrated then coalesce(n_input * k.p_input, 0) + coalesce(n_cache_read * k.p_cache_read, 0)
                                     + coalesce(n_cache_write_5m * k.p_cache_write_5m, 0) + coalesce(n_cache_write_1h * k.p_cache_write_1h, 0)
                                     + coalesce(n_output * k.p_output, 0) else stated_cost end) as computed_usd,
       sum(case when is_unrated then c.events else 0 end)::bigint as rated_by_closebook, min(c.first_request_id collate "C") as first_request_id
  from event_cell c
  join scratch.cell_of o using (hour, names)
  join recon.event_kind k using (kind_no)
 group by o.cell_no;

analyze new_cell;
