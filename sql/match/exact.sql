-- Step 1: lines with a request id meet the events that they name, whatever their month or status. A line without a usage
-- class covers every class of the event that no other line covers. What a line adds is linear (its cost, price × quantity)
-- and what counts once per request (its rule cost, what is covered) is taken from the events: sums over the roll-up's cells do
-- for both, and nothing is grouped by request, where all events of a cell are billed alike. The sums tell which are; only
-- the requests of the other cells are looked at one by one (match/exact_requests), and all of them where lines are so few that
-- hardly any cell can be even.
-- $1 period: text, $2 delivery_id: bigint[], $3 own_delivery_id: bigint[], $4 periods: text[]
-- $6 from_cell: bigint, $7 to_cell: bigint, $8 by_cell: boolean, $9 unrated: text[]   null: none
set local enable_sort = off;

-- The lines of each cell, by kind and whether they are this period's (own_kind), as one number: a key of one column is grouped
-- in four fifths of the time of two. odd_lines: those that state another quantity than was metered, or one that is no whole
-- number. (What can be joined to sums is not joined to lines: what a kind is, its rate, and whether it is of the event's
-- provider. What the heavy statements read is no temporary table: those are not read in parallel.)
-- ($2 = $3, the planner's to see: all are this period's.) Compiled where there are many: a fifth less time for a million and a half lines.
set local jit_above_cost = 50000;
set local jit_optimize_above_cost = 50000;
set local jit = on;

create unlogged table scratch.exact_line as
select $6 + (key >> 16) as cell_no, (key & 65535)::int as own_kind, lines, sized_lines, ids, cost, odd_lines
  from (select (c.cell_no - $6) << 16 | (l.kind_no * 2 + case when $2 = $3 then 1 else (l.period = $1)::int end) as key, count(*) as lines, count(l.quantity) as sized_lines,
               bit_xor(hashtextextended(l.match_key, 0)) as ids, sum(l.cost) as cost,
               count(*) filter (where case l.kind_no & 7 when 0 then false when 7 then true else n <> 0 and l.quantity::bigint <> n end) as odd_lines
          from provider.line_fact l
          join recon.event_key c on c.request_id = l.match_key
         cross join lateral (select case l.kind_no & 7 when 1 then c.n_input when 5 then c.n_output when 2 then c.n_cache_read when 3 then c.n_cache_write_5m
                                                       when 4 then c.n_cache_write_1h end as n) n
         where $8 and l.kind_no & 8 <> 0 and l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and ($9 is null or l.kind_no || ' ' || l.period <> all ($9))
           and c.cell_no >= $6 and c.cell_no < $7
         group by (c.cell_no - $6) << 16 | (l.kind_no * 2 + case when $2 = $3 then 1 else (l.period = $1)::int end)) s;

set local jit = off;

-- The others' cells are looked at too, if some line did not meet its event there.
insert into scratch.exact_line
select c.cell_no, l.kind_no * 2 + (l.period = $1)::int, count(*), count(l.quantity), bit_xor(hashtextextended(l.match_key, 0)), sum(l.cost), count(*)
  from provider.line_fact l
  join recon.event_key c on c.request_id = l.match_key
 where $8 and (select coalesce(sum(x.lines), 0) from scratch.exact_line x
                 join recon.event_kind e on e.kind_no = x.cell_no & 4294967295
                 join exact_kind k on k.line_kind = x.own_kind >> 1 and k.provider = e.provider) < (select lines from exact_total)
   and l.kind_no & 8 <> 0 and l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and ($9 is null or l.kind_no || ' ' || l.period <> all ($9))
   and (c.cell_no < $6 or c.cell_no >= $7)
 group by c.cell_no, l.kind_no * 2 + (l.period = $1)::int;

-- What the quantities of such lines are beyond what was metered.
create unlogged table scratch.exact_odd_line as
select distinct cell_no from scratch.exact_line where odd_lines > 0;

analyze scratch.exact_odd_line;

create temporary table exact_odd on commit drop as
select o.cell_no, l.kind_no * 2 + (l.period = $1)::int as own_kind, sum(l.quantity - n.metered) as quantity
  from scratch.exact_odd_line o
  join recon.event_key c using (cell_no)
  join provider.line_fact l on l.match_key = c.request_id
  join exact_kind k on k.line_kind = l.kind_no
 cross join lateral (select nullif(case k.bit when 1 then c.n_input when 2 then c.n_cache_read when 4 then c.n_cache_write_5m
                                              when 8 then c.n_cache_write_1h when 16 then c.n_output end, 0) as metered) n
 where $8 and (select count(*) from scratch.exact_odd_line) > 0
   and l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and ($9 is null or l.kind_no || ' ' || l.period <> all ($9))
   and c.cell_no >= (select min(cell_no) from scratch.exact_odd_line) and c.cell_no <= (select max(cell_no) from scratch.exact_odd_line)
   and l.quantity <> n.metered
 group by o.cell_no, l.kind_no * 2 + (l.period = $1)::int;

-- quantity: in a cell whose events are all billed alike each is named once, and what they metered is what its lines state.
create temporary table exact_cell_line on commit drop as
select l.cell_no, c.kind_no, k.line_kind, k.bit, l.own_kind & 1 = 1 as is_own, l.lines, l.sized_lines, l.cost,
       case k.bit when 1 then c.n_input when 2 then c.n_cache_read when 4 then c.n_cache_write_5m when 8 then c.n_cache_write_1h
                  when 16 then c.n_output end + coalesce(o.quantity, 0) as quantity, o.quantity is not null as is_odd,
       l.lines = c.events and l.ids = c.ids and l.sized_lines in (0, l.lines) as is_even
  from scratch.exact_line l
  join recon.hour_cell c using (cell_no)
  join recon.event_kind e on e.kind_no = c.kind_no
  join exact_kind k on k.line_kind = l.own_kind >> 1 and k.provider = e.provider
  left join exact_odd o on o.cell_no = l.cell_no and o.own_kind = l.own_kind;

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
