-- Step 1: lines with a request id meet the events that they name, whatever their month or status. A line without a usage
-- class covers every class of the event that no other line covers. A line's price × quantity is linear, so that lines are
-- summed by owner, class and rate as they come, and what counts once per request (its rule cost, what is covered) is taken
-- from the events: each side is read once, and none is grouped by request and class.
-- $1 period: text, $2 delivery_id: bigint[], $3 own_delivery_id: bigint[], $4 periods: text[]

-- Per request, which classes lines of this period and of any name: masks of recon.class_bit.
create unlogged table scratch.exact_cover as
select l.match_key as request_id, a.provider, bit_or(a.bit) as any_mask, bit_or(case when a.own then a.bit else 0 end) as own_mask,
       bit_or(case when a.own and l.quantity is null then a.bit else 0 end) as unsized_mask,
       count(*) filter (where a.own and a.bit <> 0) as own_lines
  from provider.line_fact l
  join scratch.exact_attribute a on a.delivery_id = l.delivery_id and a.file_id = l.file_id and a.attribute_no = l.attribute_no
 where l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null
 group by l.match_key, a.provider;

analyze scratch.exact_cover (request_id);

create unlogged table scratch.exact_event as
select c.request_id, c.provider, c.any_mask, c.own_mask, c.unsized_mask, c.own_lines > recon.bits(c.own_mask) as is_repeated,
       e.hour, ref.utc_date(e.hour) as day, e.account_id, e.region, e.model, e.service_tier, e.team_id, e.service, e.environment, e.tenant_id, e.feature,
       e.billable, e.status = 'error' as failed, e.hour >= ref.period_start($1) and e.hour < ref.period_end($1) as in_period,
       e."timestamp" >= r.reach as is_late, e.rate_no, e.n_input, e.n_cache_read, e.n_cache_write_5m, e.n_cache_write_1h, e.n_output,
       (e.n_input > 0)::int + ((e.n_cache_read > 0)::int << 1) + ((e.n_cache_write_5m > 0)::int << 2) + ((e.n_cache_write_1h > 0)::int << 3)
       + ((e.n_output > 0)::int << 4) as n_mask
  from scratch.exact_cover c
  join recon.priced_event e on e.request_id = c.request_id and e.provider = c.provider
  left join scratch.exact_reach r on r.provider = c.provider;

analyze scratch.exact_event (request_id);

-- Own lines by owner, class and rate. odd_lines: their quantity is not what was metered.
create temporary table exact_line on commit drop as
select e.provider, e.day, e.team_id, e.service, e.environment, e.tenant_id, e.feature, e.model, e.billable, e.failed, e.in_period,
       e.rate_no, a.usage_class, a.charge_type, a.bit, a.usd_rate, e.n_mask & ~e.unsized_mask & a.bit <> 0 as is_sized,
       count(*) as lines, sum(l.cost) as cost, sum(l.quantity) as quantity,
       count(*) filter (where e.is_repeated or e.n_mask & a.bit <> 0 and l.quantity <>
                              case a.bit when 1 then e.n_input when 2 then e.n_cache_read when 4 then e.n_cache_write_5m
                                         when 8 then e.n_cache_write_1h else e.n_output end) as odd_lines
  from provider.line_fact l
  join scratch.exact_attribute a on a.delivery_id = l.delivery_id and a.file_id = l.file_id and a.attribute_no = l.attribute_no
  join scratch.exact_event e on e.request_id = l.match_key and e.provider = a.provider
 where l.delivery_id = any ($3) and l.period = $1 and l.cost is not null
 group by e.provider, e.day, e.team_id, e.service, e.environment, e.tenant_id, e.feature, e.model, e.billable, e.failed, e.in_period,
          e.rate_no, a.usage_class, a.charge_type, a.bit, a.usd_rate, e.n_mask & ~e.unsized_mask & a.bit <> 0;

-- Events by everything that matching and ownership look at, rate and masks.
create temporary table exact_count on commit drop as
select provider, hour, day, account_id, region, model, service_tier, team_id, service, environment, tenant_id, feature, billable, failed, in_period,
       rate_no, any_mask, own_mask, unsized_mask, n_mask, count(*) as requests, min(request_id collate "C") as first_request_id,
       sum(n_input) as n_input, sum(n_cache_read) as n_cache_read, sum(n_cache_write_5m) as n_cache_write_5m,
       sum(n_cache_write_1h) as n_cache_write_1h, sum(n_output) as n_output
  from scratch.exact_event
 group by provider, hour, day, account_id, region, model, service_tier, team_id, service, environment, tenant_id, feature, billable, failed,
          in_period, rate_no, any_mask, own_mask, unsized_mask, n_mask;

analyze exact_line;
analyze exact_count;
