-- Step 1, what the two sides amount to.
-- $1 period: text, $2 delivery_id: bigint[], $3 own_delivery_id: bigint[], $4 periods: text[], $5 digest: text
delete from recon.exact_amount where period = $1;
delete from recon.exact_covered where period = $1;
delete from recon.exact_orphan where period = $1;
delete from recon.exact_finding where period = $1;
delete from recon.exact_late where period = $1;
delete from recon.exact_state where period = $1;

-- A class of the counted events: what they metered, at which price, and who covers it. By its name: this period's lines
-- (own), some period's (any); else by a line that names none (rest).
create temporary table exact_class on commit drop as
select o.provider, c.hour, o.day, c.account_id, c.region, o.model, o.service_tier, o.team_id, o.service, o.environment, o.tenant_id, o.feature,
       o.billable, o.failed, o.in_period, k.class, k.n, c.requests as events, coalesce(k.n * k.price, 0) as r,
       c.own_mask & k.bit <> 0 as is_own, c.unsized_mask & k.bit <> 0 as is_unsized,
       c.own_mask & 64 <> 0 and c.any_mask & k.bit = 0 as is_rest, c.any_mask & (k.bit | 64) <> 0 as is_any
  from exact_count c
  join exact_owner o using (owner_key)
  cross join lateral (values ('input', 1, n_input, o.input), ('cache_read', 2, n_cache_read, o.cache_read),
                             ('cache_write_5m', 4, n_cache_write_5m, o.cache_write_5m),
                             ('cache_write_1h', 8, n_cache_write_1h, o.cache_write_1h),
                             ('output', 16, n_output, o.output)) k (class, bit, n, price)
 where k.n > 0;

-- Money and priced quantities come from the lines; rule cost, and what is billed as metered because a line states no
-- quantity or class, from the events; requests are counted in rows of their own.
insert into recon.exact_amount
select $1, provider, day, team_id, service, environment, tenant_id, feature, model, billable, failed, in_period, usage_class, charge_type,
       sum(lines), sum(cost_usd), sum(requests), sum(late_requests), sum(rule_cost), sum(priced), sum(elsewhere),
       min(first_request_id collate "C"), min(first_late_request_id collate "C")
  from (select o.provider, o.day, o.team_id, o.service, o.environment, o.tenant_id, o.feature, o.model, o.billable, o.failed, o.in_period, l.usage_class,
               l.charge_type, l.lines, l.cost * coalesce(l.usd_rate, 1) as cost_usd, 0 as requests, 0 as late_requests, 0 as rule_cost,
               case when l.is_sized and o.billable and o.in_period
                    then coalesce(l.quantity * case l.bit when 1 then o.input when 2 then o.cache_read when 4 then o.cache_write_5m
                                                          when 8 then o.cache_write_1h else o.output end, 0) else 0 end as priced,
               0 as elsewhere, null as first_request_id, null as first_late_request_id
          from exact_line_sum l
          join exact_owner o using (owner_key)
        union all
        select provider, day, team_id, service, environment, tenant_id, feature, model, billable, failed, in_period,
               case when is_own then class when is_rest then '' else class end, 'usage', 0, 0, 0, 0,
               case when is_own or is_rest then r else 0 end, case when is_own and is_unsized or is_rest then r else 0 end,
               case when is_own or is_rest then 0 else r end, null, null
          from exact_class
         where billable and in_period and (is_own or is_rest or is_any)
        union all
        select provider, day, team_id, service, environment, tenant_id, feature, model, billable, failed, in_period, '', 'usage', 0, 0,
               case when own_mask <> 0 then requests else 0 end, case when is_elsewhere then requests else 0 end, 0, 0, 0,
               case when own_mask <> 0 then first_request_id end, case when is_elsewhere then first_request_id end
          from (select c.requests, c.first_request_id, c.own_mask, o.*, o.billable and o.in_period
                       and n_mask & (any_mask | case when any_mask & 64 <> 0 then 31 else 0 end)
                           & ~(own_mask | case when own_mask & 64 <> 0 then 31 & ~any_mask else 0 end) <> 0 as is_elsewhere
                  from exact_count c join exact_owner o on o.owner_key = c.owner_key) c
         where own_mask <> 0 or is_elsewhere) a
 group by provider, day, team_id, service, environment, tenant_id, feature, model, billable, failed, in_period, usage_class, charge_type;

insert into recon.exact_covered
select $1, hour, provider, account_id, region, model, service_tier, team_id, service, environment, tenant_id, feature, class, sum(n), sum(r), sum(events)
  from exact_class
 where billable and is_any
 group by hour, provider, account_id, region, model, service_tier, team_id, service, environment, tenant_id, feature, class;

-- Lines whose request no event has: looked for only where fewer lines met an event than there are.
create unlogged table scratch.exact_unmet as
select l.match_key as request_id, a.provider_no, count(*) as lines, bit_or(a.bit) as mask
  from provider.line_fact l
  join scratch.exact_attribute a on a.attribute = l.file_id << 32 | l.attribute_no
  left join ref.fx x on x.period = l.period and x.currency = a.foreign_currency
 where l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and (a.foreign_currency is null or x.usd_rate is not null)
   and (select coalesce(sum(s.lines), 0)
          from provider.line_sum s
          join scratch.exact_attribute b on b.attribute = s.file_id << 32 | s.attribute_no
          left join ref.fx y on y.period = s.period and y.currency = b.foreign_currency
         where s.delivery_id = any ($2) and s.has_cost and (b.foreign_currency is null or y.usd_rate is not null))
       > (select coalesce(sum(lines), 0) from exact_cell_line)
   and not exists (select from scratch.exact_event e where e.request_id = l.match_key and e.provider_no = a.provider_no)
 group by l.match_key, a.provider_no;

analyze scratch.exact_unmet;

insert into recon.exact_orphan
select $1, l.file_id, l.attribute_no, ref.utc_date(l.usage_start), count(*), sum(l.cost) * coalesce(x.usd_rate, 1)
  from scratch.exact_unmet u
  join provider.line_fact l on l.match_key = u.request_id
  join scratch.exact_attribute a on a.attribute = l.file_id << 32 | l.attribute_no and a.provider_no = u.provider_no
  left join ref.fx x on x.period = l.period and x.currency = a.foreign_currency
 where l.delivery_id = any ($3) and l.period = $1 and l.cost is not null and (a.foreign_currency is null or x.usd_rate is not null)
 group by l.file_id, l.attribute_no, ref.utc_date(l.usage_start), x.usd_rate;

insert into recon.exact_late
select $1, p.provider, e.request_id
  from scratch.exact_event e
  join scratch.exact_provider p using (provider_no)
  left join exact_mask m using (owner_key, place_key)
  left join scratch.exact_cover c using (request_id, provider_no)
 where e.is_late and coalesce(c.mask >> 8 & 255, case when m.is_even then m.own_mask end) <> 0;

-- |n − Q| > 0.5 % of Q per request and class: looked for only where some quantity is not what was metered.
insert into recon.exact_finding
select $1, 'quantity_variance', provider, model, team_id, service, day, count(*), sum(recon.round_half_even(coalesce(price, 0) * q - n * coalesce(price, 0), 12)),
       min(request_id collate "C")
  from (select o.provider, o.model, o.team_id, o.service, o.day, e.request_id, k.n, k.price,
               case when count(l.quantity) = count(*) then sum(l.quantity) end as q
          from provider.line_fact l
          join scratch.exact_attribute a on a.attribute = l.file_id << 32 | l.attribute_no
          join scratch.exact_event e on e.request_id = l.match_key and e.provider_no = a.provider_no and e.n_mask & a.bit <> 0
          join exact_owner o on o.owner_key = e.owner_key and o.billable and o.in_period
          left join scratch.exact_cover c on c.request_id = e.request_id and c.provider_no = e.provider_no
          left join ref.fx x on x.period = l.period and x.currency = a.foreign_currency
          cross join lateral (select case a.bit when 1 then e.n_input when 2 then e.n_cache_read when 4 then e.n_cache_write_5m
                                                when 8 then e.n_cache_write_1h else e.n_output end as n,
                                     case a.bit when 1 then o.input when 2 then o.cache_read when 4 then o.cache_write_5m
                                                when 8 then o.cache_write_1h else o.output end as price) k
         where (select sum(odd_lines) from exact_line_sum) > 0
           and (a.foreign_currency is null or x.usd_rate is not null)
           and l.delivery_id = any ($3) and l.period = $1 and l.cost is not null and (c.lines > recon.bits(c.mask & 255) or l.quantity <> k.n)
         group by o.provider, o.model, o.team_id, o.service, o.day, e.request_id, a.bit, k.n, k.price) c
 where abs(n - q) > 0.005 * abs(q)
 group by provider, model, team_id, service, day;

-- Lines that stand twice in a delivery: same request, class, window, quantity and cost.
create unlogged table scratch.exact_repeated as
select request_id, provider_no from scratch.exact_cover where lines > recon.bits(mask & 255)
union all
select request_id, provider_no from scratch.exact_unmet where lines > recon.bits(mask);

analyze scratch.exact_repeated;

insert into recon.exact_finding
select $1, 'duplicate_line', d.provider, coalesce(o.model, m.model, d.model, ''), coalesce(o.team_id, ''), coalesce(o.service, ''), coalesce(o.day, d.day),
       sum(d.times - 1), sum(d.cost_usd * (d.times - 1)), min(d.request_id collate "C")
  from (select b.provider, a.provider_no, b.model, l.match_key as request_id, ref.utc_date(l.usage_start) as day, count(*) as times,
               l.cost * coalesce(x.usd_rate, 1) as cost_usd
          from scratch.exact_repeated c
          join provider.line_fact l on l.match_key = c.request_id
          join scratch.exact_attribute a on a.attribute = l.file_id << 32 | l.attribute_no and a.provider_no = c.provider_no and a.charge_type = 'usage'
          join provider.line_attribute b on b.file_id = l.file_id and b.attribute_no = l.attribute_no
          left join ref.fx x on x.period = l.period and x.currency = a.foreign_currency
         where l.delivery_id = any ($3) and l.period = $1 and l.cost is not null and (a.foreign_currency is null or x.usd_rate is not null)
         group by l.delivery_id, b.provider, a.provider_no, b.model, l.match_key, a.usage_class, l.usage_start, l.usage_end, l.quantity, l.cost, x.usd_rate
        having count(*) > 1) d
  left join scratch.exact_event e on e.request_id = d.request_id and e.provider_no = d.provider_no
  left join exact_owner o on o.owner_key = e.owner_key
  left join ref.model_alias m on m.provider = d.provider and m.alias = d.model
 group by d.provider, coalesce(o.model, m.model, d.model, ''), coalesce(o.team_id, ''), coalesce(o.service, ''), coalesce(o.day, d.day);

insert into recon.exact_state values ($1, $5);
