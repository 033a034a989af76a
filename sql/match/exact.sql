-- Step 1: lines with a request id meet the events that they name, whatever their month or status. A line without a usage
-- class covers every class of the event that no other line covers. What a line adds is linear (its cost, price × quantity)
-- and what counts once per request (its rule cost, what is covered) is taken from the events: sums over the roll-up's cells do
-- for both, and nothing is grouped by request, where all events of a cell are billed alike. The sums tell which are; only
-- the requests of the other cells are looked at one by one.
-- $1 period: text, $2 delivery_id: bigint[], $3 own_delivery_id: bigint[], $4 periods: text[]
-- $6 from_cell: bigint, $7 to_cell: bigint
set local enable_sort = off;

-- The lines of each cell. odd_lines: their quantity is not what was metered. (What can be joined to sums is not joined to
-- lines: what a kind is, its rate, and whether it is of the event's provider.)
create unlogged table scratch.exact_line as
select c.cell_no, a.kind, l.delivery_id = any ($3) as is_own, count(*) as lines, count(l.quantity) as sized_lines,
       bit_xor(hashtextextended(l.match_key, 0)) as ids, sum(l.cost) as cost, sum(l.quantity) as quantity,
       count(*) filter (where l.quantity <> nullif(case a.bit when 1 then c.n_input when 2 then c.n_cache_read when 4 then c.n_cache_write_5m
                                                              when 8 then c.n_cache_write_1h when 16 then c.n_output end, 0)) as odd_lines
  from provider.line_fact l
  join scratch.exact_attribute a on a.attribute = l.file_id << 32 | l.attribute_no
  join recon.event_key c on c.request_id = l.match_key
 where l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and (a.unrated_periods is null or l.period <> all (a.unrated_periods))
   and c.cell_no >= $6 and c.cell_no < $7
 group by c.cell_no, a.kind, l.delivery_id = any ($3);

-- Whether each line met its event there; if not, the others' cells are looked at too.
create temporary table exact_met on commit drop as
select coalesce((select sum(l.lines) from scratch.exact_line l
                   join recon.event_kind e on e.kind_no = l.cell_no & 4294967295
                   join exact_kind k on k.kind = l.kind and k.provider = e.provider), 0)
       = coalesce((select sum(s.lines)
                     from provider.line_sum s
                     join scratch.exact_attribute a on a.attribute = s.file_id << 32 | s.attribute_no
                    where s.delivery_id = any ($2) and s.has_cost and (a.unrated_periods is null or s.period <> all (a.unrated_periods))), 0) as by_all;

insert into scratch.exact_line
select c.cell_no, a.kind, l.delivery_id = any ($3), count(*), count(l.quantity), bit_xor(hashtextextended(l.match_key, 0)), sum(l.cost), sum(l.quantity),
       count(*) filter (where l.quantity <> nullif(case a.bit when 1 then c.n_input when 2 then c.n_cache_read when 4 then c.n_cache_write_5m
                                                              when 8 then c.n_cache_write_1h when 16 then c.n_output end, 0))
  from provider.line_fact l
  join scratch.exact_attribute a on a.attribute = l.file_id << 32 | l.attribute_no
  join recon.event_key c on c.request_id = l.match_key
 where not (select by_all from exact_met)
   and l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and (a.unrated_periods is null or l.period <> all (a.unrated_periods))
   and (c.cell_no < $6 or c.cell_no >= $7)
 group by c.cell_no, a.kind, l.delivery_id = any ($3);

create temporary table exact_cell_line on commit drop as
select l.cell_no, e.kind_no, e.classes, k.usage_class, k.charge_type, k.bit, k.usd_rate, l.is_own, l.ids, l.lines, l.sized_lines, l.cost, l.quantity, l.odd_lines
  from scratch.exact_line l
  join recon.event_kind e on e.kind_no = l.cell_no & 4294967295
  join exact_kind k on k.kind = l.kind and k.provider = e.provider;

-- Masks of classes that lines name: those of any period, those of this one, and those of this one that state no quantity.
-- All events of a cell have the same ones if every class that is named at all is named as often as there are events, and
-- by all their ids: each line's id is an event's, so that counts and xors of hashes agree only if each stands there once.
create unlogged table scratch.exact_mask as
select cell_no, bit_or(bit) as any_mask, bit_or(case when own_lines > 0 then bit else 0 end) as own_mask,
       bit_or(case when unsized_lines > 0 then bit else 0 end) as unsized_mask,
       bool_and(lines = events and ids = event_ids and own_lines in (0, events) and unsized_lines in (0, events)) as is_even,
       bool_or(unsized_lines > 0 and unsized_lines < own_lines) as is_mixed
  from (select l.cell_no, l.bit, min(c.events) as events, min(c.ids) as event_ids, sum(l.lines) as lines, bit_xor(l.ids) as ids,
               coalesce(sum(l.lines) filter (where l.is_own), 0) as own_lines, coalesce(sum(l.lines - l.sized_lines) filter (where l.is_own), 0) as unsized_lines
          from exact_cell_line l
          join recon.hour_cell c using (cell_no)
         where l.bit <> 0
         group by l.cell_no, l.bit) b
 group by cell_no;

analyze scratch.exact_mask;

-- The requests of uneven cells: the masks of each. (In one number, because what is kept per request is what costs.)
create unlogged table scratch.exact_cover as
select c.request_id, c.cell_no, min(c.n_input) as n_input, min(c.n_cache_read) as n_cache_read, min(c.n_cache_write_5m) as n_cache_write_5m,
       min(c.n_cache_write_1h) as n_cache_write_1h, min(c.n_output) as n_output, count(*) as lines,
       bit_or(a.bit | case when l.period = $1 then a.bit << 8 | case when l.quantity is null then a.bit << 16 else 0 end else 0 end) as mask
  from provider.line_fact l
  join scratch.exact_attribute a on a.attribute = l.file_id << 32 | l.attribute_no and a.bit <> 0
  join recon.event_key c on c.request_id = l.match_key
  join scratch.exact_mask m on m.cell_no = c.cell_no and not m.is_even
  join recon.event_kind e on e.kind_no = c.cell_no & 4294967295 and e.provider = a.provider
 where l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and (a.unrated_periods is null or l.period <> all (a.unrated_periods))
 group by c.request_id, c.cell_no;

analyze scratch.exact_cover (request_id, cell_no);

-- Events by cell and masks.
create temporary table exact_count on commit drop as
select m.cell_no, c.kind_no, m.any_mask, m.own_mask, m.unsized_mask, c.events as requests, c.first_request_id,
       c.n_input, c.n_cache_read, c.n_cache_write_5m, c.n_cache_write_1h, c.n_output
  from scratch.exact_mask m
  join recon.hour_cell c using (cell_no)
 where m.is_even
union all
select cell_no, cell_no & 4294967295, mask & 255, mask >> 8 & 255, mask >> 16, count(*), min(request_id collate "C"),
       sum(n_input), sum(n_cache_read), sum(n_cache_write_5m), sum(n_cache_write_1h), sum(n_output)
  from scratch.exact_cover
 group by cell_no, mask;

-- Own lines by day and kind of the events, and class. A class is sized if each own line of a request in it states a quantity.
create temporary table exact_line_sum on commit drop as
select day, kind_no, usage_class, charge_type, bit, usd_rate, is_sized, sum(lines) as lines, sum(cost) as cost, sum(quantity) as quantity,
       sum(odd_lines) as odd_lines
  from (select recon.day_of(l.cell_no) as day, l.kind_no, l.usage_class, l.charge_type, l.bit, l.usd_rate,
               l.classes & ~coalesce(m.unsized_mask, 0) & l.bit <> 0 as is_sized, l.lines, l.cost, l.quantity, l.odd_lines
          from exact_cell_line l
          left join scratch.exact_mask m using (cell_no)
         where l.is_own and (m.is_mixed is not true or l.bit = 0)
        union all
        select recon.day_of(c.cell_no), e.kind_no, a.usage_class, a.charge_type, a.bit, k.usd_rate, e.classes & ~(c.mask >> 16) & a.bit <> 0, 1, l.cost, l.quantity,
               (l.quantity <> nullif(case a.bit when 1 then c.n_input when 2 then c.n_cache_read when 4 then c.n_cache_write_5m
                                                when 8 then c.n_cache_write_1h when 16 then c.n_output end, 0))::int
          from scratch.exact_mask m
          join scratch.exact_cover c using (cell_no)
          join recon.event_kind e on e.kind_no = c.cell_no & 4294967295
          join provider.line_fact l on l.match_key = c.request_id
          join scratch.exact_attribute a on a.attribute = l.file_id << 32 | l.attribute_no and a.provider = e.provider
          join exact_kind k on k.kind = a.kind
         where m.is_mixed and a.bit <> 0
           and l.delivery_id = any ($3) and l.period = $1 and l.cost is not null and (a.unrated_periods is null or l.period <> all (a.unrated_periods))) s
 group by day, kind_no, usage_class, charge_type, bit, usd_rate, is_sized;
