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

-- (A line without a class covers all: 64. What is whole is there once: sums are for the others.)
insert into recon.exact_covered
with covered as (
	select c.is_whole, c.cell_no,
	       case when c.any_mask & 65 <> 0 then c.n_input else 0 end as n_input, case when c.any_mask & 65 <> 0 then c.requests else 0 end as e_input,
	       case when c.any_mask & 66 <> 0 then c.n_cache_read else 0 end as n_read, case when c.any_mask & 66 <> 0 then c.requests else 0 end as e_read,
	       case when c.any_mask & 68 <> 0 then c.n_cache_write_5m else 0 end as n_5m, case when c.any_mask & 68 <> 0 then c.requests else 0 end as e_5m,
	       case when c.any_mask & 72 <> 0 then c.n_cache_write_1h else 0 end as n_1h, case when c.any_mask & 72 <> 0 then c.requests else 0 end as e_1h,
	       case when c.any_mask & 80 <> 0 then c.n_output else 0 end as n_output, case when c.any_mask & 80 <> 0 then c.requests else 0 end as e_output
	  from exact_count c
	  join recon.event_kind e using (kind_no)
	 where e.outcome = 'billable' and c.any_mask & 95 <> 0
)
select $1, cell_no, n_input, n_read, n_5m, n_1h, n_output, e_input, e_read, e_5m, e_1h, e_output from covered where is_whole
union all
select $1, cell_no, sum(n_input), sum(n_read), sum(n_5m), sum(n_1h), sum(n_output), sum(e_input), sum(e_read), sum(e_5m), sum(e_1h), sum(e_output)
  from covered where not is_whole
 group by cell_no;

insert into recon.exact_state values ($1, $5);
