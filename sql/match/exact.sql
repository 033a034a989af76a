-- Step 1: lines with a request id meet the events that they name, whatever their month or status. A line without a usage
-- class covers every class of the event that no other line covers. A line's price × quantity is linear, so that lines are
-- summed by owner, class and rate as they come, and what counts once per request (its rule cost, what is covered) is taken
-- from the events: nothing is grouped by request and class.
-- $1 period: text, $2 delivery_id: bigint[], $3 own_delivery_id: bigint[], $4 periods: text[]

-- Per request, which classes lines of this period and of any name: masks of recon.class_bit.
create unlogged table scratch.exact_cover as
select l.match_key as request_id, a.provider, bit_or(a.bit) as any_mask, bit_or(case when l.period = $1 then a.bit else 0 end) as own_mask,
       bit_or(case when l.period = $1 and l.quantity is null then a.bit else 0 end) as unsized_mask,
       count(*) filter (where l.period = $1 and a.bit <> 0) as own_lines
  from provider.line_fact l
  join scratch.exact_attribute a on a.attribute = l.file_id << 32 | l.attribute_no
  left join ref.fx x on x.period = l.period and x.currency = a.foreign_currency
 where l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and (a.foreign_currency is null or x.usd_rate is not null)
 group by l.match_key, a.provider;

analyze scratch.exact_cover (request_id, provider);

-- owner_key stands for what owners and amounts are told apart by.
create unlogged table scratch.exact_event as
select e.*, hash_record_extended(row(provider, day, team_id, service, environment, tenant_id, feature, model, billable, failed, in_period), 0) as owner_key
  from (select c.request_id, c.provider, c.any_mask, c.own_mask, c.unsized_mask, c.own_lines > recon.bits(c.own_mask) as is_repeated,
               e.hour, ref.utc_date(e.hour) as day, e.account_id, e.region, e.model, e.service_tier, e.team_id, e.service, e.environment, e.tenant_id,
               e.feature, e.billable, e.status = 'error' as failed, e.hour >= ref.period_start($1) and e.hour < ref.period_end($1) as in_period,
               e."timestamp" >= r.reach as is_late, e.rate_no, e.n_input, e.n_cache_read, e.n_cache_write_5m, e.n_cache_write_1h, e.n_output,
               (e.n_input > 0)::int + ((e.n_cache_read > 0)::int << 1) + ((e.n_cache_write_5m > 0)::int << 2) + ((e.n_cache_write_1h > 0)::int << 3)
               + ((e.n_output > 0)::int << 4) as n_mask
          from scratch.exact_cover c
          join recon.priced_event e on e.request_id = c.request_id and e.provider = c.provider
          left join scratch.exact_reach r on r.provider = c.provider) e;

analyze scratch.exact_event (request_id, provider, owner_key, rate_no);

-- Own lines by owner key, class and rate. odd_lines: their quantity is not what was metered.
create temporary table exact_line_sum on commit drop as
select e.owner_key, e.rate_no, a.usage_class, a.charge_type, a.bit, x.usd_rate, e.n_mask & ~e.unsized_mask & a.bit <> 0 as is_sized,
       count(*) as lines, sum(l.cost) as cost, sum(l.quantity) as quantity,
       count(*) filter (where e.is_repeated or e.n_mask & a.bit <> 0 and l.quantity <>
                              case a.bit when 1 then e.n_input when 2 then e.n_cache_read when 4 then e.n_cache_write_5m
                                         when 8 then e.n_cache_write_1h else e.n_output end) as odd_lines
  from provider.line_fact l
  join scratch.exact_attribute a on a.attribute = l.file_id << 32 | l.attribute_no
  join scratch.exact_event e on e.request_id = l.match_key and e.provider = a.provider
  left join ref.fx x on x.period = l.period and x.currency = a.foreign_currency
 where l.delivery_id = any ($3) and l.period = $1 and l.cost is not null and (a.foreign_currency is null or x.usd_rate is not null)
 group by e.owner_key, e.rate_no, a.usage_class, a.charge_type, a.bit, x.usd_rate, e.n_mask & ~e.unsized_mask & a.bit <> 0;

-- Events by everything that matching and ownership look at, rate and masks.
create temporary table exact_count on commit drop as
select owner_key, provider, hour, day, account_id, region, model, service_tier, team_id, service, environment, tenant_id, feature, billable, failed,
       in_period, rate_no, any_mask, own_mask, unsized_mask, n_mask, count(*) as requests, min(request_id collate "C") as first_request_id,
       sum(n_input) as n_input, sum(n_cache_read) as n_cache_read, sum(n_cache_write_5m) as n_cache_write_5m,
       sum(n_cache_write_1h) as n_cache_write_1h, sum(n_output) as n_output
  from scratch.exact_event
 group by owner_key, provider, hour, day, account_id, region, model, service_tier, team_id, service, environment, tenant_id, feature, billable,
          failed, in_period, rate_no, any_mask, own_mask, unsized_mask, n_mask;

analyze exact_line_sum;
analyze exact_count;

-- What each key stands for; a key that stood for two would find no place.
create temporary table exact_owner (owner_key bigint primary key, provider text, day date, team_id text, service text, environment text,
	tenant_id text, feature text, model text, billable boolean, failed boolean, in_period boolean) on commit drop;

insert into exact_owner
select distinct owner_key, provider, day, team_id, service, environment, tenant_id, feature, model, billable, failed, in_period from exact_count;

analyze exact_owner;
