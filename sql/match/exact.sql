-- Step 1: lines with a request id meet the events that they name, whatever their month or status. A line without a usage
-- class covers every class of the event that no other line covers. What a line adds is linear (its cost, price × quantity)
-- and what counts once per request (its rule cost, what is covered) is taken from the events: sums over the roll-up's cells do
-- for both, and nothing is grouped by request, where all events of a cell are billed alike. The sums tell which are; only
-- the requests of the other cells are looked at one by one (match/exact_requests), and all of them where lines are so few that
-- hardly any cell can be even.
-- $1 period: text, $2 delivery_id: bigint[], $3 own_delivery_id: bigint[], $4 periods: text[]
-- $6 from_cell: bigint, $7 to_cell: bigint, $8 by_cell: boolean, $9 unrated: text[]   null: none
set local enable_sort = off;

-- The lines of each cell, by kind and whether they are this period's (own_kind). odd_quantity: what the quantities of those lines
-- that state another than was metered are beyond that; the others' are not summed. (What can be joined to sums is not joined to lines: what a kind is, its rate, and whether it is of the event's
-- provider. What the heavy statements read is no temporary table: those are not read in parallel.)
-- Compiled where there are many: a second for a million and a half lines, instead of a second and a quarter.
set local jit_above_cost = 50000;
set local jit_optimize_above_cost = 50000;
set local jit = on;

create unlogged table scratch.exact_line as
select c.cell_no, l.kind_no * 2 + (l.period = $1)::int as own_kind, count(*) as lines, count(l.quantity) as sized_lines,
       bit_xor(hashtextextended(l.match_key, 0)) as ids, sum(l.cost) as cost,
       sum(l.quantity - n.metered) filter (where l.quantity <> n.metered) as odd_quantity
  from provider.line_fact l
  join recon.event_key c on c.request_id = l.match_key
 cross join lateral (select nullif(case l.kind_no & 7 when 1 then c.n_input when 2 then c.n_cache_read when 3 then c.n_cache_write_5m
                                                  when 4 then c.n_cache_write_1h when 5 then c.n_output end, 0) as metered) n
 where $8 and l.kind_no & 8 <> 0 and l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and ($9 is null or l.kind_no || ' ' || l.period <> all ($9))
   and c.cell_no >= $6 and c.cell_no < $7
 group by c.cell_no, l.kind_no * 2 + (l.period = $1)::int;

set local jit = off;

-- The others' cells are looked at too, if some line did not meet its event there.
insert into scratch.exact_line
select c.cell_no, l.kind_no * 2 + (l.period = $1)::int, count(*), count(l.quantity), bit_xor(hashtextextended(l.match_key, 0)), sum(l.cost),
       sum(l.quantity - n.metered) filter (where l.quantity <> n.metered)
  from provider.line_fact l
  join recon.event_key c on c.request_id = l.match_key
 cross join lateral (select nullif(case l.kind_no & 7 when 1 then c.n_input when 2 then c.n_cache_read when 3 then c.n_cache_write_5m
                                                  when 4 then c.n_cache_write_1h when 5 then c.n_output end, 0) as metered) n
 where $8 and (select coalesce(sum(x.lines), 0) from scratch.exact_line x
                 join recon.event_kind e on e.kind_no = x.cell_no & 4294967295
                 join exact_kind k on k.line_kind = x.own_kind >> 1 and k.provider = e.provider) < (select lines from exact_total)
   and l.kind_no & 8 <> 0 and l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and ($9 is null or l.kind_no || ' ' || l.period <> all ($9))
   and (c.cell_no < $6 or c.cell_no >= $7)
 group by c.cell_no, l.kind_no * 2 + (l.period = $1)::int;

-- quantity: in a cell whose events are all billed alike each is named once, and what they metered is what its lines state.
create temporary table exact_cell_line on commit drop as
select l.cell_no, c.kind_no, k.line_kind, k.bit, l.own_kind & 1 = 1 as is_own, l.lines, l.sized_lines, l.cost,
       case k.bit when 1 then c.n_input when 2 then c.n_cache_read when 4 then c.n_cache_write_5m when 8 then c.n_cache_write_1h
                  when 16 then c.n_output end + coalesce(l.odd_quantity, 0) as quantity, l.odd_quantity is not null as is_odd,
       l.lines = c.events and l.ids = c.ids and l.sized_lines in (0, l.lines) as is_even
  from scratch.exact_line l
  join recon.hour_cell c using (cell_no)
  join recon.event_kind e on e.kind_no = c.kind_no
  join exact_kind k on k.line_kind = l.own_kind >> 1 and k.provider = e.provider;

-- Masks of classes that lines name: those of any period, those of this one, and those of this one that state no quantity.
-- All events of a cell have the same ones if every class that is named at all is named as often as there are events, and
-- by all their ids: each line's id is an event's, so that counts and xors of hashes agree only if each stands there once.
-- (Nor is a cell even in which lines of several periods or currencies name a class.)
create temporary table exact_mask on commit drop as
select l.cell_no, bit_or(l.bit) as any_mask, bit_or(case when l.is_own then l.bit else 0 end) as own_mask,
       bit_or(case when l.is_own and l.sized_lines < l.lines then l.bit else 0 end) as unsized_mask,
       bool_and(l.is_even) and count(*) = recon.bits(bit_or(l.bit)) as is_even
  from exact_cell_line l
 where l.bit <> 0
 group by l.cell_no;

analyze exact_mask;
