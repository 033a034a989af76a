-- Step 1, what the two sides amount to.
-- $1 period: text, $2 delivery_id: bigint[], $3 own_delivery_id: bigint[], $4 periods: text[], $5 digest: text, $9 unrated: text[]   null: none
delete from recon.exact_amount where period = $1;
delete from recon.exact_covered where period = $1;
delete from recon.exact_orphan where period = $1;
delete from recon.exact_finding where period = $1;
delete from recon.exact_late where period = $1;
delete from recon.exact_state where period = $1;

-- Events by day, kind and masks.
create temporary table exact_day on commit drop as
select c.*, e.outcome = 'billable' as billable, day >= ref.utc_date(ref.period_start($1)) and day < ref.utc_date(ref.period_end($1)) as in_period
  from (select recon.day_of(cell_no) as day, kind_no, any_mask, own_mask, unsized_mask, sum(requests) as requests,
               min(first_request_id collate "C") as first_request_id, sum(n_input) as n_input, sum(n_cache_read) as n_cache_read,
               sum(n_cache_write_5m) as n_cache_write_5m, sum(n_cache_write_1h) as n_cache_write_1h, sum(n_output) as n_output
          from exact_count
         group by recon.day_of(cell_no), kind_no, any_mask, own_mask, unsized_mask) c
  join recon.event_kind e using (kind_no);

-- A class of the counted events: what they metered, at which price, and who covers it. By its name: this period's lines
-- (own), some period's (any); else by a line that names none (rest).
create temporary table exact_class on commit drop as
select c.day, c.kind_no, c.billable, c.in_period, k.class, coalesce(k.n * k.price, 0) as r,
       c.own_mask & k.bit <> 0 as is_own, c.unsized_mask & k.bit <> 0 as is_unsized,
       c.own_mask & 64 <> 0 and c.any_mask & k.bit = 0 as is_rest, c.any_mask & (k.bit | 64) <> 0 as is_any
  from exact_day c
  join recon.event_kind o using (kind_no)
  cross join lateral (values ('input', 1, c.n_input, o.p_input), ('cache_read', 2, c.n_cache_read, o.p_cache_read),
                             ('cache_write_5m', 4, c.n_cache_write_5m, o.p_cache_write_5m),
                             ('cache_write_1h', 8, c.n_cache_write_1h, o.p_cache_write_1h),
                             ('output', 16, c.n_output, o.p_output)) k (class, bit, n, price)
 where k.n > 0;

-- Money and priced quantities come from the lines; rule cost, and what is billed as metered because a line states no
-- quantity or class, from the events; requests are counted in rows of their own.
insert into recon.exact_amount
select $1, o.provider, a.day, o.team_id, o.service, o.environment, o.tenant_id, o.feature, o.model, o.outcome = 'billable', o.outcome = 'failed',
       a.day >= ref.utc_date(ref.period_start($1)) and a.day < ref.utc_date(ref.period_end($1)), usage_class, charge_type,
       sum(lines), sum(cost_usd), sum(requests), sum(late_requests), sum(rule_cost), sum(priced), sum(elsewhere),
       min(first_request_id collate "C"), min(first_late_request_id collate "C")
  from (select l.day, l.kind_no, l.usage_class, l.charge_type, l.lines, l.cost * coalesce(l.usd_rate, 1) as cost_usd,
               0 as requests, 0 as late_requests, 0 as rule_cost,
               case when l.is_sized and o.outcome = 'billable' and l.day >= ref.utc_date(ref.period_start($1)) and l.day < ref.utc_date(ref.period_end($1))
                    then coalesce(l.quantity * case l.bit when 1 then o.p_input when 2 then o.p_cache_read when 4 then o.p_cache_write_5m
                                                          when 8 then o.p_cache_write_1h else o.p_output end, 0) else 0 end as priced,
               0 as elsewhere, null as first_request_id, null as first_late_request_id
          from exact_line_sum l
          join recon.event_kind o using (kind_no)
        union all
        select day, kind_no, case when is_own then class when is_rest then '' else class end, 'usage', 0, 0, 0, 0,
               case when is_own or is_rest then r else 0 end, case when is_own and is_unsized or is_rest then r else 0 end,
               case when is_own or is_rest then 0 else r end, null, null
          from exact_class
         where billable and in_period and (is_own or is_rest or is_any)
        union all
        select day, kind_no, '', 'usage', 0, 0,
               case when own_mask <> 0 then requests else 0 end, case when is_elsewhere then requests else 0 end, 0, 0, 0,
               case when own_mask <> 0 then first_request_id end, case when is_elsewhere then first_request_id end
          from (select c.*, c.billable and c.in_period
                       and k.classes & (any_mask | case when any_mask & 64 <> 0 then 31 else 0 end)
                           & ~(own_mask | case when own_mask & 64 <> 0 then 31 & ~any_mask else 0 end) <> 0 as is_elsewhere
                  from exact_day c join recon.event_kind k using (kind_no)) c
         where own_mask <> 0 or is_elsewhere) a
  join recon.event_kind o using (kind_no)
 group by o.provider, a.day, o.team_id, o.service, o.environment, o.tenant_id, o.feature, o.model, o.outcome, usage_class, charge_type;

-- (A line without a class covers all: 64.)
insert into recon.exact_covered
select $1, c.cell_no,
       case when m.any_mask & 65 <> 0 then c.n_input else 0 end,
       case when m.any_mask & 66 <> 0 then c.n_cache_read else 0 end,
       case when m.any_mask & 68 <> 0 then c.n_cache_write_5m else 0 end,
       case when m.any_mask & 72 <> 0 then c.n_cache_write_1h else 0 end,
       case when m.any_mask & 80 <> 0 then c.n_output else 0 end,
       case when m.any_mask & 65 <> 0 then c.events else 0 end,
       case when m.any_mask & 66 <> 0 then c.events else 0 end,
       case when m.any_mask & 68 <> 0 then c.events else 0 end,
       case when m.any_mask & 72 <> 0 then c.events else 0 end,
       case when m.any_mask & 80 <> 0 then c.events else 0 end
  from exact_mask m
  join recon.hour_cell c using (cell_no)
  join recon.event_kind e using (kind_no)
 where m.is_even and e.outcome = 'billable' and m.any_mask & 95 <> 0
union all
select $1, c.cell_no,
       sum(case when c.mask & 65 <> 0 then c.n_input else 0 end),
       sum(case when c.mask & 66 <> 0 then c.n_cache_read else 0 end),
       sum(case when c.mask & 68 <> 0 then c.n_cache_write_5m else 0 end),
       sum(case when c.mask & 72 <> 0 then c.n_cache_write_1h else 0 end),
       sum(case when c.mask & 80 <> 0 then c.n_output else 0 end),
       count(*) filter (where c.mask & 65 <> 0),
       count(*) filter (where c.mask & 66 <> 0),
       count(*) filter (where c.mask & 68 <> 0),
       count(*) filter (where c.mask & 72 <> 0),
       count(*) filter (where c.mask & 80 <> 0)
  from scratch.exact_cover c
  join recon.event_kind e on e.kind_no = c.cell_no & 4294967295
 where e.outcome = 'billable' and c.mask & 95 <> 0
 group by c.cell_no;

-- Lines whose request no event has: looked for only where fewer lines met an event than there are.
create unlogged table scratch.exact_unmet as
select l.match_key as request_id, a.provider, count(*) as lines, bit_or(a.bit) as mask
  from provider.line_fact l
  join exact_kind a on a.line_kind = l.kind_no
 where not (select by_all from exact_met)
   and l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and ($9 is null or l.kind_no || ' ' || l.period <> all ($9))
   and not exists (select from recon.event_key c
                     join recon.event_kind e on e.kind_no = c.cell_no & 4294967295
                    where c.request_id = l.match_key and e.provider = a.provider)
 group by l.match_key, a.provider;

analyze scratch.exact_unmet;

insert into recon.exact_orphan
select $1, l.file_id, l.attribute_no, ref.utc_date(l.usage_start), count(*), sum(l.cost) * coalesce(a.usd_rate, 1)
  from scratch.exact_unmet u
  join provider.line_fact l on l.match_key = u.request_id
  join exact_kind a on a.line_kind = l.kind_no and a.provider = u.provider
 where l.delivery_id = any ($3) and l.period = $1 and l.cost is not null and ($9 is null or l.kind_no || ' ' || l.period <> all ($9))
 group by l.file_id, l.attribute_no, ref.utc_date(l.usage_start), a.usd_rate;

-- What is billed of hours that the reach of its provider ends in, or lies before.
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

-- |n − Q| > 0.5 % of Q per request and class.
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
           and l.delivery_id = any ($3) and l.period = $1 and l.cost is not null and (c.lines > recon.bits(c.mask & 255) or l.quantity <> k.n)
         group by o.kind_no, e.cell_no, e.request_id, a.bit, k.n, k.price) c
  join recon.event_kind o using (kind_no)
 where abs(n - q) > 0.005 * abs(q)
 group by o.provider, o.model, o.team_id, o.service, c.day;

-- Lines that stand twice in a delivery: same request, class, window, quantity and cost.
create unlogged table scratch.exact_repeated as
select c.request_id, e.provider, c.cell_no
  from scratch.exact_cover c
  join recon.event_kind e on e.kind_no = c.cell_no & 4294967295
 where c.lines > recon.bits(c.mask & 255)
union all
select request_id, provider, null from scratch.exact_unmet where lines > recon.bits(mask);

analyze scratch.exact_repeated;

insert into recon.exact_finding
select $1, 'duplicate_line', d.provider, coalesce(o.model, m.model, d.model, ''), coalesce(o.team_id, ''), coalesce(o.service, ''),
       coalesce(recon.day_of(d.cell_no), d.day), sum(d.times - 1), sum(d.cost_usd * (d.times - 1)), min(d.request_id collate "C")
  from (select b.provider, c.cell_no, b.model, l.match_key as request_id, ref.utc_date(l.usage_start) as day, count(*) as times,
               l.cost * coalesce(a.usd_rate, 1) as cost_usd
          from scratch.exact_repeated c
          join provider.line_fact l on l.match_key = c.request_id
          join exact_kind a on a.line_kind = l.kind_no and a.provider = c.provider and a.charge_type = 'usage'
                  join provider.line_attribute b on b.file_id = l.file_id and b.attribute_no = l.attribute_no
         where l.delivery_id = any ($3) and l.period = $1 and l.cost is not null and ($9 is null or l.kind_no || ' ' || l.period <> all ($9))
         group by l.delivery_id, b.provider, c.cell_no, b.model, l.match_key, a.usage_class, l.usage_start, l.usage_end, l.quantity, l.cost, a.usd_rate
        having count(*) > 1) d
  left join recon.event_kind o on o.kind_no = d.cell_no & 4294967295
  left join ref.model_alias m on m.provider = d.provider and m.alias = d.model
 group by d.provider, coalesce(o.model, m.model, d.model, ''), coalesce(o.team_id, ''), coalesce(o.service, ''), coalesce(recon.day_of(d.cell_no), d.day);

insert into recon.exact_state values ($1, $5);
