-- Step 1 for what is not told by whole cells: the lines and masks of single requests; and then events and lines of both ways,
-- summed.
-- $1 period: text, $2 delivery_id: bigint[], $3 own_delivery_id: bigint[], $4 periods: text[]
-- $6 from_cell: bigint, $7 to_cell: bigint, $8 by_cell: boolean, $9 unrated: text[]   null: none
create unlogged table scratch.exact_uneven as
select cell_no from exact_mask where not is_even;

analyze scratch.exact_uneven;

create unlogged table scratch.exact_request as
select c.request_id, c.cell_no, l.kind_no as line_kind, l.period = $1 as is_own, l.cost, l.quantity, c.n_input, c.n_cache_read, c.n_cache_write_5m,
       c.n_cache_write_1h, c.n_output
  from provider.line_fact l
  join recon.event_key c on c.request_id = l.match_key
 where not $8 and l.kind_no & 8 <> 0 and l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null
   and ($9 is null or l.kind_no || ' ' || l.period <> all ($9))
   and c.cell_no >= $6 and c.cell_no < $7;

delete from scratch.exact_request r
 using recon.event_kind e
 where (select count(distinct provider) from (select provider from exact_kind union select provider from recon.event_kind) p) > 1
   and e.kind_no = r.cell_no & 4294967295 and not exists (select from exact_kind k where k.line_kind = r.line_kind and k.provider = e.provider);

-- The others' cells too, if some line did not meet its event there; or the cells that are not even, and only these.
insert into scratch.exact_request
select c.request_id, c.cell_no, l.kind_no, l.period = $1, l.cost, l.quantity, c.n_input, c.n_cache_read, c.n_cache_write_5m,
       c.n_cache_write_1h, c.n_output
  from provider.line_fact l
  join exact_kind a on a.line_kind = l.kind_no
  join recon.event_key c on c.request_id = l.match_key
  join recon.event_kind e on e.kind_no = c.cell_no & 4294967295 and e.provider = a.provider
 where not $8 and (select count(*) from scratch.exact_request) < (select lines from exact_total)
   and l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and ($9 is null or l.kind_no || ' ' || l.period <> all ($9))
   and (c.cell_no < $6 or c.cell_no >= $7)
union all
select c.request_id, c.cell_no, l.kind_no, l.period = $1, l.cost, l.quantity, c.n_input, c.n_cache_read, c.n_cache_write_5m,
       c.n_cache_write_1h, c.n_output
  from scratch.exact_uneven u
  join recon.event_key c using (cell_no)
  join recon.event_kind e on e.kind_no = c.cell_no & 4294967295
  join provider.line_fact l on l.match_key = c.request_id
  join exact_kind a on a.line_kind = l.kind_no and a.provider = e.provider
 where $8 and (select count(*) from scratch.exact_uneven) > 0
   and l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and ($9 is null or l.kind_no || ' ' || l.period <> all ($9))
   and c.cell_no >= (select min(cell_no) from scratch.exact_uneven) and c.cell_no <= (select max(cell_no) from scratch.exact_uneven);

-- Whether each line met an event.
create temporary table exact_met on commit drop as
select lines = case when $8 then (select coalesce(sum(lines), 0) from exact_cell_line) else (select count(*) from scratch.exact_request) end as by_all
  from exact_total;

-- The masks of each request. (In one number, because what is kept per request is what costs.)
create unlogged table scratch.exact_cover as
select request_id, cell_no, min(n_input) as n_input, min(n_cache_read) as n_cache_read, min(n_cache_write_5m) as n_cache_write_5m,
       min(n_cache_write_1h) as n_cache_write_1h, min(n_output) as n_output,
       bit_or(bit | case when is_own then bit << 8 | case when quantity is null then bit << 16 else 0 end else 0 end) as mask,
       bool_or(is_own and quantity <> nullif(case bit when 1 then n_input when 2 then n_cache_read when 4 then n_cache_write_5m
                                                      when 8 then n_cache_write_1h when 16 then n_output end, 0)) as is_odd,
       count(*) > recon.bits(bit_or(bit)) as is_repeated
  from scratch.exact_request
  join exact_kind using (line_kind)
 where bit <> 0
 group by request_id, cell_no;

analyze scratch.exact_cover (request_id, cell_no);

-- Events by cell and masks. is_whole: all of the cell's.
create temporary table exact_count on commit drop as
select true as is_whole, m.cell_no, c.kind_no, m.any_mask, m.own_mask, m.unsized_mask, c.events as requests, c.first_request_id,
       c.n_input, c.n_cache_read, c.n_cache_write_5m, c.n_cache_write_1h, c.n_output
  from exact_mask m
  join recon.hour_cell c using (cell_no)
 where m.is_even
union all
select false, cell_no, cell_no & 4294967295, mask & 255, mask >> 8 & 255, mask >> 16, count(*), min(request_id collate "C"),
       sum(n_input)::bigint, sum(n_cache_read)::bigint, sum(n_cache_write_5m)::bigint, sum(n_cache_write_1h)::bigint, sum(n_output)::bigint
  from scratch.exact_cover
 group by cell_no, mask;

-- Own lines by day and kind of the events, and class. A class is sized if each own line of a request in it states a quantity.
create temporary table exact_line_sum on commit drop as
select r.day, e.kind_no, k.usage_class, k.charge_type, k.bit, k.usd_rate, e.classes & ~r.unsized_mask & k.bit <> 0 as is_sized, r.lines, r.cost, r.quantity
  from (select recon.day_of(l.cell_no) as day, l.kind_no, l.line_kind, coalesce(m.unsized_mask, 0) as unsized_mask,
               sum(l.lines) as lines, sum(l.cost) as cost, sum(l.quantity) as quantity
          from exact_cell_line l
          left join exact_mask m using (cell_no)
         where l.is_own and m.is_even is not false
         group by recon.day_of(l.cell_no), l.kind_no, l.line_kind, coalesce(m.unsized_mask, 0)
        union all
        select recon.day_of(r.cell_no), r.cell_no & 4294967295, r.line_kind, coalesce(c.mask >> 16, 0), count(*), sum(r.cost), sum(r.quantity)
          from scratch.exact_request r
          left join scratch.exact_cover c on c.request_id = r.request_id and c.cell_no = r.cell_no and c.mask >> 16 <> 0
         where r.is_own
         group by recon.day_of(r.cell_no), r.cell_no & 4294967295, r.line_kind, coalesce(c.mask >> 16, 0)) r
  join recon.event_kind e using (kind_no)
  join exact_kind k using (line_kind);

-- Requests with two lines of a class.
create temporary table exact_repeat on commit drop as
select c.request_id, e.provider, c.cell_no
  from scratch.exact_cover c
  join recon.event_kind e on e.kind_no = c.cell_no & 4294967295
 where c.is_repeated;

-- Result: what else is to be looked at: whether lines met no event; whether some are billed past their provider's reach; whether
-- quantities are not what was metered; whether lines stand twice.
select not by_all as has_unmet,
       exists (select from exact_count c
                 join recon.event_kind e using (kind_no)
                 join exact_reach r on r.provider = e.provider
                where c.own_mask <> 0 and recon.hour_of(c.cell_no) + interval '1 hour' > r.reach) as has_late,
       exists (select from exact_cell_line where is_own and is_odd) or exists (select from scratch.exact_cover where is_odd or is_repeated) as has_odd,
       not by_all or exists (select from exact_repeat) as has_repeated
  from exact_met;
