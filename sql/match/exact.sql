-- Step 1: lines with a request id meet the events that they name, whatever their month or status. A line without a usage
-- class covers every class of the event that no other line covers. What a line adds is linear (its cost, price × quantity)
-- and what counts once per request (its rule cost, what is covered) is taken from the events: sums over cells of events do
-- for both, and nothing is grouped by request, where all events of a cell are billed alike. The sums tell which are; only
-- the requests of the other cells are looked at one by one.
-- $1 period: text, $2 delivery_id: bigint[], $3 own_delivery_id: bigint[], $4 periods: text[]

-- Events that lines name, by the names that they came with: made canonical are the few combinations of them that are left
-- at the end. A 64-bit hash stands for such a combination: owner_key for what owners and amounts are told apart by,
-- place_key for the rest of what makes a cell. (Without hashagg the planner joins the lines as they are; it would otherwise
-- make their ids distinct first, in every process.)
set local enable_sort = off;
set local enable_hashagg = off;

create unlogged table scratch.exact_event as
select e.request_id, p.provider_no, e.hour, coalesce(e.account_id, '') as account_id, coalesce(e.region, '') as region,
       e."timestamp" >= r.reach as is_late, n.n_mask, e.n_input, e.n_cache_read, e.n_cache_write_5m, e.n_cache_write_1h, e.n_output,
       hash_record_extended(row(e.provider, ref.utc_date(e.hour), e.team_id, e.service, e.environment, e.tenant_id, e.feature, e.model, e.service_tier,
                                e.batch, e.billing_rule_version, e.unit_price, e.band, e.status), 0) as owner_key,
       hash_record_extended(row(e.hour, e.account_id, e.region, e."timestamp" >= r.reach, n.n_mask), 0) as place_key
  from recon.counted_event e
  join scratch.exact_provider p on p.provider = e.provider
  left join scratch.exact_reach r on r.provider = p.provider
  cross join lateral (
	select (e.n_input > 0)::int + ((e.n_cache_read > 0)::int << 1) + ((e.n_cache_write_5m > 0)::int << 2) + ((e.n_cache_write_1h > 0)::int << 3)
	       + ((e.n_output > 0)::int << 4) as n_mask) n
 where exists (select from provider.line_fact l where l.match_key = e.request_id and l.delivery_id = any ($2) and l.period = any ($4));

set local enable_hashagg = on;

create statistics scratch.exact_event_key (ndistinct) on owner_key, place_key from scratch.exact_event;
analyze scratch.exact_event (request_id, provider_no, owner_key, place_key, hour);

create temporary table exact_cell on commit drop as
select owner_key, place_key, min(provider_no) as provider_no, min(hour) as hour, min(account_id collate "C") as account_id,
       min(region collate "C") as region, bool_or(is_late) as is_late, min(n_mask) as n_mask, count(*) as requests,
       bit_xor(hashtextextended(request_id, 0)) as ids, min(request_id collate "C") as first_request_id,
       sum(n_input) as n_input, sum(n_cache_read) as n_cache_read, sum(n_cache_write_5m) as n_cache_write_5m,
       sum(n_cache_write_1h) as n_cache_write_1h, sum(n_output) as n_output
  from scratch.exact_event
 group by owner_key, place_key;

-- The lines of each cell. odd_lines: their quantity is not what was metered. (What can be joined to sums is not joined to
-- lines: what a kind is, its rate, and whether it is of the event's provider.)
create temporary table exact_line on commit drop as
select e.owner_key, e.place_key, a.kind, l.delivery_id = any ($3) as is_own, count(*) as lines, count(l.quantity) as sized_lines,
       bit_xor(hashtextextended(l.match_key, 0)) as ids, sum(l.cost) as cost, sum(l.quantity) as quantity,
       count(*) filter (where e.n_mask & a.bit <> 0 and l.quantity <> case a.bit when 1 then e.n_input when 2 then e.n_cache_read when 4 then e.n_cache_write_5m
                                                                                 when 8 then e.n_cache_write_1h else e.n_output end) as odd_lines
  from provider.line_fact l
  join scratch.exact_attribute a on a.attribute = l.file_id << 32 | l.attribute_no
  join scratch.exact_event e on e.request_id = l.match_key
 where l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and (a.unrated_periods is null or l.period <> all (a.unrated_periods))
 group by e.owner_key, e.place_key, a.kind, l.delivery_id = any ($3);

analyze exact_cell (owner_key, place_key);
analyze exact_line (owner_key, place_key);

create temporary table exact_cell_line on commit drop as
select owner_key, place_key, k.usage_class, k.charge_type, k.bit, k.usd_rate, l.is_own, c.requests, c.n_mask, c.ids as event_ids,
       l.ids, l.lines, l.sized_lines, l.cost, l.quantity, l.odd_lines
  from exact_line l
  join exact_cell c using (owner_key, place_key)
  join scratch.exact_kind k using (kind, provider_no);

-- Masks of classes that lines name: those of any period, those of this one, and those of this one that state no quantity.
-- All events of a cell have the same ones if every class that is named at all is named as often as there are events, and
-- by all their ids: each line's id is an event's, so that counts and xors of hashes agree only if each stands there once.
create temporary table exact_mask on commit drop as
select owner_key, place_key, bit_or(bit) as any_mask, bit_or(case when own_lines > 0 then bit else 0 end) as own_mask,
       bit_or(case when unsized_lines > 0 then bit else 0 end) as unsized_mask,
       bool_and(lines = requests and ids = event_ids and own_lines in (0, requests) and unsized_lines in (0, requests)) as is_even
  from (select owner_key, place_key, requests, event_ids, bit, sum(lines) as lines, bit_xor(ids) as ids,
               coalesce(sum(lines) filter (where is_own), 0) as own_lines, coalesce(sum(lines - sized_lines) filter (where is_own), 0) as unsized_lines
          from exact_cell_line
         where bit <> 0
         group by owner_key, place_key, requests, event_ids, bit) b
 group by owner_key, place_key;

-- The requests of uneven cells: the masks of each. (In one number, because what is kept per request is what costs.)
create unlogged table scratch.exact_uneven as
select e.request_id, e.provider_no, e.owner_key, e.place_key
  from scratch.exact_event e
  join exact_mask m using (owner_key, place_key)
 where not m.is_even;

analyze scratch.exact_uneven;

create unlogged table scratch.exact_cover as
select request_id, provider_no, owner_key, place_key, count(*) as lines,
       bit_or(a.bit | case when l.period = $1 then a.bit << 8 | case when l.quantity is null then a.bit << 16 else 0 end else 0 end) as mask
  from scratch.exact_uneven e
  join provider.line_fact l on l.match_key = e.request_id
  join scratch.exact_attribute a using (provider_no)
  left join ref.fx x on x.period = l.period and x.currency = a.foreign_currency
 where a.attribute = l.file_id << 32 | l.attribute_no
   and l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and (a.foreign_currency is null or x.usd_rate is not null)
 group by request_id, provider_no, owner_key, place_key;

analyze scratch.exact_cover;
analyze exact_mask;

-- Events by owner key, what else matching looks at, and masks.
create temporary table exact_count on commit drop as
select owner_key, c.hour, c.account_id, c.region, c.is_late, coalesce(m.any_mask, 0) as any_mask, coalesce(m.own_mask, 0) as own_mask,
       coalesce(m.unsized_mask, 0) as unsized_mask, c.n_mask, c.requests, c.first_request_id,
       c.n_input, c.n_cache_read, c.n_cache_write_5m, c.n_cache_write_1h, c.n_output
  from exact_cell c
  left join exact_mask m using (owner_key, place_key)
 where m.is_even is not false
union all
select owner_key, e.hour, e.account_id, e.region, e.is_late, c.mask & 255, c.mask >> 8 & 255, c.mask >> 16, e.n_mask, count(*), min(request_id collate "C"),
       sum(e.n_input), sum(e.n_cache_read), sum(e.n_cache_write_5m), sum(e.n_cache_write_1h), sum(e.n_output)
  from scratch.exact_cover c
  join scratch.exact_event e using (request_id, provider_no, owner_key, place_key)
 group by owner_key, e.hour, e.account_id, e.region, e.is_late, c.mask & 255, c.mask >> 8 & 255, c.mask >> 16, e.n_mask;

-- Own lines by owner key and class.
create temporary table exact_line_sum on commit drop as
select owner_key, usage_class, charge_type, bit, usd_rate, is_sized, sum(lines) as lines, sum(cost) as cost, sum(quantity) as quantity,
       sum(odd_lines) as odd_lines
  from (select owner_key, l.usage_class, l.charge_type, l.bit, l.usd_rate, l.n_mask & ~coalesce(m.unsized_mask, 0) & l.bit <> 0 as is_sized,
               l.lines, l.cost, l.quantity, l.odd_lines
          from exact_cell_line l
          left join exact_mask m using (owner_key, place_key)
         where l.is_own and m.is_even is not false
        union all
        select owner_key, a.usage_class, a.charge_type, a.bit, x.usd_rate, e.n_mask & ~(c.mask >> 16) & a.bit <> 0, 1, l.cost, l.quantity,
               (c.lines > recon.bits(c.mask & 255) or e.n_mask & a.bit <> 0 and l.quantity <>
                case a.bit when 1 then e.n_input when 2 then e.n_cache_read when 4 then e.n_cache_write_5m
                           when 8 then e.n_cache_write_1h else e.n_output end)::int
          from scratch.exact_cover c
          join scratch.exact_event e using (request_id, provider_no, owner_key, place_key)
          join provider.line_fact l on l.match_key = request_id
          join scratch.exact_attribute a using (provider_no)
          left join ref.fx x on x.period = l.period and x.currency = a.foreign_currency
         where a.attribute = l.file_id << 32 | l.attribute_no
           and l.delivery_id = any ($3) and l.period = $1 and l.cost is not null and (a.foreign_currency is null or x.usd_rate is not null)) s
 group by owner_key, usage_class, charge_type, bit, usd_rate, is_sized;

analyze exact_line_sum;
analyze exact_count (owner_key, hour);

-- What each key stands for, as one of its events says, with canonical names and prices. (A few are found by the index.)
set local enable_nestloop = on;

create temporary table exact_owner on commit drop as
select k.owner_key, e.provider, ref.utc_date(e.hour) as day, coalesce(e.team_id, '') as team_id, coalesce(e.service, '') as service,
       ref.environment(e.environment) as environment, coalesce(e.tenant_id, '') as tenant_id, coalesce(e.feature, '') as feature,
       coalesce(a.model, e.model, '') as model, ref.tier(e.service_tier, e.batch) as service_tier, e.billable, e.status = 'error' as failed,
       e.hour >= ref.period_start($1) and e.hour < ref.period_end($1) as in_period, r.input, r.cache_read, r.cache_write_5m, r.cache_write_1h, r.output
  from (select owner_key, provider_no, min(first_request_id collate "C") as request_id from exact_cell group by owner_key, provider_no) k
  join scratch.exact_provider p using (provider_no)
  join recon.counted_event e on e.request_id = k.request_id and e.provider = p.provider
  left join ref.model_alias a on a.provider = e.provider and a.alias = e.model
  left join recon.rate_of(e.provider, e.model, e.service_tier, e.batch, e.billing_rule_version, e.unit_price, e.hour, e.band) r on true;

set local enable_nestloop = off;

analyze exact_owner;
