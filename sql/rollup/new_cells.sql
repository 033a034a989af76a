-- What the stale hours of the roll-up are to hold. Creates scratch.cell_of, the cell of what comes under an hour and names; and
-- new_cell, in the form of recon.hour_cell.
create unlogged table scratch.cell_of as
select c.hour, c.names, recon.hour_no(c.hour) << 32 | k.kind_no as cell_no, k.kind_no, n.is_suspect
  from (select distinct hour, names from event_cell) c
 cross join recon.price_epoch s
  join name_kind n on n.names = c.names and n.epoch = width_bucket(ref.utc_date(c.hour), s.boundaries)
  join recon.event_kind k using (digest);

analyze scratch.cell_of;

-- (Nearly every cell is of one name. Only the others are summed: ten sums of a cell cost more than all else here.)
create temporary table new_cell on commit drop as
with part as (
	select o.cell_no, o.hour, o.kind_no, c.events, c.ids, c.n_input, c.n_cache_read, c.n_cache_write_5m, c.n_cache_write_1h, c.n_output,
	       case when is_unrated then coalesce(n_input * k.p_input, 0) + coalesce(n_cache_read * k.p_cache_read, 0)
	                                 + coalesce(n_cache_write_5m * k.p_cache_write_5m, 0) + coalesce(n_cache_write_1h * k.p_cache_write_1h, 0)
	                                 + coalesce(n_output * k.p_output, 0) else stated_cost end as computed_usd,
	       case when is_unrated then c.events else 0 end as rated_by_closebook, c.first_request_id, count(*) over (partition by o.cell_no) as parts
	  from event_cell c
	  join scratch.cell_of o using (hour, names)
	  join recon.event_kind k using (kind_no)
)
select cell_no, hour, kind_no, events, ids, n_input::bigint as n_input, n_cache_read::bigint as n_cache_read, n_cache_write_5m::bigint as n_cache_write_5m,
       n_cache_write_1h::bigint as n_cache_write_1h, n_output::bigint as n_output, computed_usd, rated_by_closebook, first_request_id
  from part where parts = 1
union all
select cell_no, min(hour), min(kind_no), sum(events)::bigint, bit_xor(ids), sum(n_input)::bigint, sum(n_cache_read)::bigint, sum(n_cache_write_5m)::bigint,
       sum(n_cache_write_1h)::bigint, sum(n_output)::bigint, sum(computed_usd), sum(rated_by_closebook)::bigint, min(first_request_id collate "C")
  from part where parts > 1
 group by cell_no;

analyze new_cell;
