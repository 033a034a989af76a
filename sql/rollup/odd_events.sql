-- The few events of the stale hours that anything is wrong with; the many others are read once and not written down.
-- $2 from: timestamptz, $3 to: timestamptz, $4 hours: timestamptz[]
create unlogged table scratch.odd_key as
select k.request_id, e.provider
  from scratch.new_key k
  join scratch.cell_of o using (hour, names)
  join recon.event_kind e using (kind_no)
 cross join lateral (
	select coalesce(k.n_input * e.p_input, 0) + coalesce(k.n_cache_read * e.p_cache_read, 0) + coalesce(k.n_cache_write_5m * e.p_cache_write_5m, 0)
	       + coalesce(k.n_cache_write_1h * e.p_cache_write_1h, 0) + coalesce(k.n_output * e.p_output, 0) as cost) rule
 where k.is_odd or o.is_suspect
       -- nearly all are equal, which is quickly told
    or e.outcome = 'billable' and k.stated_cost <> rule.cost and abs(rule.cost - k.stated_cost) > greatest(0.000001, 0.001 * rule.cost);

create temporary table odd_event on commit drop as
select j.*
  from scratch.odd_key k
  join recon.judged_event j on j.request_id = k.request_id and j.provider = k.provider
 where j."timestamp" >= $2 and j."timestamp" < $3 and j.hour = any ($4);

drop table scratch.odd_key, scratch.new_key, scratch.cell_of;
