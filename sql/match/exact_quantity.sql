-- Step 1, where some own quantity is not what was metered, or some request has two lines of a class:
-- |n − Q| > 0.5 % of Q per request and class.
-- $1 period: text, $2 delivery_id: bigint[], $3 own_delivery_id: bigint[], $4 periods: text[], $9 unrated: text[]   null: none
create unlogged table scratch.exact_odd_cell as
select cell_no from exact_cell_line where is_own and is_odd
union
select cell_no from scratch.exact_cover where is_odd or is_repeated;

analyze scratch.exact_odd_cell;

insert into recon.exact_finding
select $1, 'quantity_variance', o.provider, o.model, o.team_id, o.service, c.day, count(*),
       sum(recon.round_half_even(coalesce(c.price, 0) * q - n * coalesce(c.price, 0), 12)), min(request_id collate "C")
  from (select o.kind_no, recon.day_of(e.cell_no) as day, e.request_id, k.n, k.price,
               case when count(l.quantity) = count(*) then sum(l.quantity) end as q
          from scratch.exact_odd_cell d
          join recon.event_key e using (cell_no)
          join recon.event_kind o on o.kind_no = e.cell_no & 4294967295 and o.outcome = 'billable'
          join provider.line_fact l on l.match_key = e.request_id
          join exact_kind a on a.line_kind = l.kind_no and a.provider = o.provider and o.classes & a.bit <> 0
          left join scratch.exact_cover c on c.request_id = e.request_id and c.cell_no = e.cell_no
          cross join lateral (select case a.bit when 1 then e.n_input when 2 then e.n_cache_read when 4 then e.n_cache_write_5m
                                                when 8 then e.n_cache_write_1h else e.n_output end as n,
                                     case a.bit when 1 then o.p_input when 2 then o.p_cache_read when 4 then o.p_cache_write_5m
                                                when 8 then o.p_cache_write_1h else o.p_output end as price) k
         where ($9 is null or l.kind_no || ' ' || l.period <> all ($9))
           and e.cell_no >= recon.hour_no(ref.period_start($1)) << 32 and e.cell_no < recon.hour_no(ref.period_end($1)) << 32
           and l.delivery_id = any ($3) and l.period = $1 and l.cost is not null and (c.is_repeated or l.quantity <> k.n)
         group by o.kind_no, e.cell_no, e.request_id, a.bit, k.n, k.price) c
  join recon.event_kind o using (kind_no)
 where abs(n - q) > 0.005 * abs(q)
 group by o.provider, o.model, o.team_id, o.service, c.day;
