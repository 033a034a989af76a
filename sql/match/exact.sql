-- Step 1: lines with a request id meet the events that they name, whatever their month or status. A line without a usage
-- class covers every class of the event that no other line covers. A line's price × quantity is linear, so that lines are
-- summed by owner, class and rate as they come, and what counts once per request (its rule cost, what is covered) is taken
-- from the events: nothing is grouped by request and class.
-- $1 period: text, $2 delivery_id: bigint[], $3 own_delivery_id: bigint[], $4 periods: text[]

-- Per request, which classes its lines name: in the low byte those of any period, in the next those of this one, in the
-- third those of this one that state no quantity somewhere. (One mask, because what is kept per request is what costs.)
create unlogged table scratch.exact_cover as
select l.match_key as request_id, a.provider_no, count(*) as lines,
       bit_or(a.bit | case when l.period = $1 then a.bit << 8 | case when l.quantity is null then a.bit << 16 else 0 end else 0 end) as mask
  from provider.line_fact l
  join scratch.exact_attribute a on a.attribute = l.file_id << 32 | l.attribute_no
  left join ref.fx x on x.period = l.period and x.currency = a.foreign_currency
 where l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and (a.foreign_currency is null or x.usd_rate is not null)
 group by l.match_key, a.provider_no;

analyze scratch.exact_cover (request_id, provider_no);

-- Events keep the names that they came with: made canonical are the few combinations of them that are left at the end.
-- owner_key stands for what owners and amounts are told apart by, check_key for the same by another hash.
create unlogged table scratch.exact_event as
select e.request_id, c.provider_no, c.mask & 255 as any_mask, c.mask >> 8 & 255 as own_mask, c.mask >> 16 as unsized_mask,
       c.lines > recon.bits(c.mask & 255) as is_repeated, e.hour, e.account_id, e.region, e."timestamp" >= r.reach as is_late,
       e.n_input, e.n_cache_read, e.n_cache_write_5m, e.n_cache_write_1h, e.n_output,
       (e.n_input > 0)::int + ((e.n_cache_read > 0)::int << 1) + ((e.n_cache_write_5m > 0)::int << 2) + ((e.n_cache_write_1h > 0)::int << 3)
       + ((e.n_output > 0)::int << 4) as n_mask,
       hash_record_extended(row(e.provider, ref.utc_date(e.hour), e.team_id, e.service, e.environment, e.tenant_id, e.feature, e.model, e.service_tier,
                                e.batch, e.billing_rule_version, e.unit_price, e.band, e.status), 0) as owner_key,
       hash_record_extended(row(e.provider, ref.utc_date(e.hour), e.team_id, e.service, e.environment, e.tenant_id, e.feature, e.model, e.service_tier,
                                e.batch, e.billing_rule_version, e.unit_price, e.band, e.status), 1) as check_key
  from scratch.exact_cover c
  join scratch.exact_provider p using (provider_no)
  join recon.counted_event e on e.request_id = c.request_id and e.provider = p.provider
  left join scratch.exact_reach r on r.provider = p.provider;

analyze scratch.exact_event (request_id, provider_no, owner_key, account_id, region, hour, any_mask, own_mask, unsized_mask, n_mask);

-- Own lines by owner key and class. odd_lines: their quantity is not what was metered.
create temporary table exact_line_sum on commit drop as
select e.owner_key, a.usage_class, a.charge_type, a.bit, x.usd_rate, e.n_mask & ~e.unsized_mask & a.bit <> 0 as is_sized,
       count(*) as lines, sum(l.cost) as cost, sum(l.quantity) as quantity,
       count(*) filter (where e.is_repeated or e.n_mask & a.bit <> 0 and l.quantity <>
                              case a.bit when 1 then e.n_input when 2 then e.n_cache_read when 4 then e.n_cache_write_5m
                                         when 8 then e.n_cache_write_1h else e.n_output end) as odd_lines
  from provider.line_fact l
  join scratch.exact_attribute a on a.attribute = l.file_id << 32 | l.attribute_no
  join scratch.exact_event e on e.request_id = l.match_key and e.provider_no = a.provider_no
  left join ref.fx x on x.period = l.period and x.currency = a.foreign_currency
 where l.delivery_id = any ($3) and l.period = $1 and l.cost is not null and (a.foreign_currency is null or x.usd_rate is not null)
 group by e.owner_key, a.usage_class, a.charge_type, a.bit, x.usd_rate, e.n_mask & ~e.unsized_mask & a.bit <> 0;

-- Events by owner key, what else matching looks at, and masks.
create temporary table exact_count on commit drop as
select owner_key, hour, coalesce(account_id, '') as account_id, coalesce(region, '') as region, any_mask, own_mask, unsized_mask, n_mask,
       count(*) as requests, min(request_id collate "C") as first_request_id, min(check_key) as check_key, max(check_key) as other_check_key,
       sum(n_input) as n_input, sum(n_cache_read) as n_cache_read, sum(n_cache_write_5m) as n_cache_write_5m,
       sum(n_cache_write_1h) as n_cache_write_1h, sum(n_output) as n_output
  from scratch.exact_event
 group by owner_key, hour, account_id, region, any_mask, own_mask, unsized_mask, n_mask;

analyze exact_line_sum;
analyze exact_count (owner_key, hour);

do $$
begin
	if exists (select from exact_count group by owner_key having min(check_key) <> max(other_check_key)) then
		raise exception 'two groups of events have the same key' using errcode = 'Z0070';
	end if;
end $$;

-- What each key stands for, as one of its events says, with canonical names and prices.
create temporary table exact_owner on commit drop as
select k.owner_key, e.provider, ref.utc_date(e.hour) as day, coalesce(e.team_id, '') as team_id, coalesce(e.service, '') as service,
       ref.environment(e.environment) as environment, coalesce(e.tenant_id, '') as tenant_id, coalesce(e.feature, '') as feature,
       coalesce(a.model, e.model, '') as model, ref.tier(e.service_tier, e.batch) as service_tier, e.billable, e.status = 'error' as failed,
       e.hour >= ref.period_start($1) and e.hour < ref.period_end($1) as in_period, r.input, r.cache_read, r.cache_write_5m, r.cache_write_1h, r.output
  from (select owner_key, min(first_request_id collate "C") as request_id from exact_count group by owner_key) k
  join scratch.exact_event x on x.owner_key = k.owner_key and x.request_id = k.request_id
  join scratch.exact_provider p using (provider_no)
  join recon.counted_event e on e.request_id = x.request_id and e.provider = p.provider
  left join ref.model_alias a on a.provider = e.provider and a.alias = e.model
  left join recon.rate_of(e.provider, e.model, e.service_tier, e.batch, e.billing_rule_version, e.unit_price, e.hour, e.band) r on true;

analyze exact_owner;
