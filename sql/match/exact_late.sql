-- Step 1, where some of it is billed past the reach of its provider's bills (an event of the hour in which they end).
-- $1 period: text, $2 delivery_id: bigint[], $3 own_delivery_id: bigint[], $4 periods: text[], $9 unrated: text[]   null: none
create unlogged table scratch.exact_late_cell as
select distinct c.cell_no, e.provider
  from exact_count c
  join recon.event_kind e using (kind_no)
  join exact_reach r on r.provider = e.provider
 where c.own_mask <> 0 and recon.hour_of(c.cell_no) + interval '1 hour' > r.reach;

analyze scratch.exact_late_cell;

insert into recon.exact_late
select distinct $1, x.provider, c.request_id
  from scratch.exact_late_cell x
  join recon.event_key c using (cell_no)
  join provider.line_fact l on l.match_key = c.request_id
  join exact_kind a on a.line_kind = l.kind_no and a.bit <> 0 and a.provider = x.provider
 where l.delivery_id = any ($3) and l.period = $1 and l.cost is not null and ($9 is null or l.kind_no || ' ' || l.period <> all ($9));
