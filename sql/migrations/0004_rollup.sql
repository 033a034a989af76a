-- The hourly roll-up of counted, priced events, and what it rests on: the price of every distinct rate key.
-- All of it is derived; sql/rollup/ brings it up to date.

-- Price of one unit of a usage class under a rule, in the order of the contract: the named version with its tier,
-- then with standard (in force, else its latest earlier row), the event's own snapshot, the book. Null: no price.
create function recon.price_of(provider text, model text, tier text, version text, unit_price jsonb, day date,
                               input_tokens bigint, class text)
returns numeric
language sql stable parallel safe
return coalesce(
	(select p.unit_price_usd
	   from ref.price p
	  where p.billing_rule_version = price_of.version and p.provider = price_of.provider and p.model = price_of.model
	    and p.usage_class = price_of.class and p.service_tier in (price_of.tier, 'standard')
	    and p.valid_from <= price_of.day and (p.above_input_tokens = 0 or p.above_input_tokens < price_of.input_tokens)
	  order by (p.service_tier = price_of.tier) desc, (p.valid_to > price_of.day) desc,
	           case when p.valid_to <= price_of.day then p.valid_from end desc nulls first, p.above_input_tokens desc
	  limit 1),
	case when coalesce(price_of.unit_price ->> 'currency', 'USD') = 'USD' then
		(select case when v ~ '^[0-9]+([.][0-9]*)?([eE][-+]?[0-9]{1,2})?$' then v::numeric * 0.000001 end
		   from (select price_of.unit_price ->> case price_of.class
		                when 'input' then 'input_per_million' when 'cache_read' then 'cached_input_per_million'
		                when 'cache_write_5m' then 'cache_write_per_million'
		                when 'cache_write_1h' then 'cache_write_1h_per_million'
		                when 'output' then 'output_per_million' end as v) snapshot)
	end,
	(select p.unit_price_usd
	   from ref.price p
	  where p.provider = price_of.provider and p.model = price_of.model
	    and p.usage_class = price_of.class and p.service_tier in (price_of.tier, 'standard')
	    and p.valid_from <= price_of.day and p.valid_to > price_of.day
	    and (p.above_input_tokens = 0 or p.above_input_tokens < price_of.input_tokens)
	  order by (p.service_tier = price_of.tier) desc, p.valid_from desc, p.above_input_tokens desc,
	           p.billing_rule_version collate "C"
	  limit 1));

-- Days on which some price begins or ends: between two of them every price stays as it is. One row.
create table recon.price_epoch (
	boundaries date[] not null
);
-- Token counts above which some price of the model changes, ascending.
create table recon.price_band (
	provider text not null,
	model text not null,
	thresholds bigint[] not null,
	primary key (provider, model)
);

-- The same by the names that events give models.
create view recon.named_band as
select a.provider, a.alias as name, b.thresholds
  from ref.model_alias a
  join recon.price_band b on b.provider = a.provider and b.model = a.model
union all
select b.provider, b.model, b.thresholds
  from recon.price_band b
 where not exists (select from ref.model_alias a where a.provider = b.provider and a.alias = b.model);

-- The prices of one rate key. Events join it by equality.
create table recon.rate (
	provider text not null,
	model text not null,                -- as the event names it
	service_tier text not null,
	billing_rule_version text not null,
	unit_price jsonb not null,          -- 'null' where the event has none
	epoch integer not null,
	band integer not null,
	day date not null,                  -- a day of the epoch
	probe_tokens bigint not null,       -- an input count of the band
	canonical_model text not null,
	version_known boolean not null,
	input numeric, cache_read numeric, cache_write_5m numeric, cache_write_1h numeric, output numeric
);

-- Records that are not counted, because another record of the same (provider, request_id) is.
create table recon.uncounted_event (
	request_id text not null,
	provider text not null,
	file_id bigint not null,
	row_no bigint not null,
	hour timestamptz not null,
	model text not null,                -- as the event names it
	team_id text not null,
	service text not null,
	computed_cost_usd numeric,
	primary key (request_id, provider, file_id, row_no)
);

-- What of a record tells it from another of the same request, whatever file it came in.
create function recon.record_digest(e gateway.event) returns bytea
language sql stable parallel safe
return sha256(convert_to(row(e.request_id, e."timestamp", e.provider, e.model, e.team_id, e.service, e.environment,
                             e.input_tokens, e.output_tokens, e.cache_read_input_tokens, e.cache_write_input_tokens,
                             e.cache_write_1h_input_tokens, e.unit_price, e.computed_cost_usd, e.billing_rule_version,
                             e.status, e.org_id, e.user_id, e.cost_center, e.project_id, e.feature, e.workload_class,
                             e.tenant_id, e.parent_run_id, e.step_kind, e.tool_name, e.workflow_id, e.operation_id,
                             e.originator_id, e.issuance_id, e.signing_key_id, e.envelope_hmac, e.attempt, e.retry_of,
                             e.account_id, e.region, e.api_key_id, e.resource_id, e.service_tier, e.batch, e.cache_hit,
                             e.trace_id, e.attributes)::text, 'UTF8'));

-- Up to where deliveries and events are looked at: all of them (null), but in a transaction that computes a month anew from
-- what there was (sql/replay), and is rolled back. One row.
create table recon.horizon (
	last_delivery_id bigint,
	last_file_id bigint,
	events pg_snapshot,                 -- of events that a gateway wrote itself
	is_replay boolean not null default false
);
insert into recon.horizon default values;

-- What an event, or a group of them, names, as one number.
create function recon.names_no(provider text, model text, service_tier text, batch boolean, billing_rule_version text, unit_price jsonb, band integer,
                               account_id text, region text, team_id text, service text, environment text, tenant_id text, feature text, outcome text,
                               classes integer) returns bigint
language sql immutable parallel safe
return hash_record_extended(row(provider, model, service_tier, batch, billing_rule_version, unit_price, band, account_id, region, team_id, service,
                                environment, tenant_id, feature, outcome, classes), 0);

-- An event's id and counts, as one number.
create function recon.key_no(request_id text, n_input bigint, n_cache_read bigint, n_cache_write_5m bigint, n_cache_write_1h bigint, n_output bigint) returns bigint
language sql immutable parallel safe
return hash_record_extended(row(request_id, n_input, n_cache_read, n_cache_write_5m, n_cache_write_1h, n_output), 0);

-- Every counted event as it came, with its hour, the counts of its classes, its price band, and what it names as one number: a
-- 64-bit hash, taken to stand for the same names wherever it is the same.
create view recon.counted_event as
select c.*, recon.names_no(provider, model, service_tier, batch, billing_rule_version, unit_price, band, account_id, region, team_id, service,
                           environment, tenant_id, feature, outcome, classes) as names
  from (select d.*, (n_input > 0)::int + ((n_cache_read > 0)::int << 1) + ((n_cache_write_5m > 0)::int << 2) + ((n_cache_write_1h > 0)::int << 3)
               + ((n_output > 0)::int << 4) as classes
          from (select e.*, date_bin('1 hour', e."timestamp", '2000-01-01 00:00:00+00') as hour, e.status in ('success', 'partial') as billable,
                       case e.status when 'error' then 'failed' when 'cache_hit' then 'cache_hit' else 'billable' end as outcome,
                       greatest(0, coalesce(e.input_tokens, 0) - coalesce(e.cache_read_input_tokens, 0) - coalesce(e.cache_write_input_tokens, 0)) as n_input,
                       coalesce(e.cache_read_input_tokens, 0) as n_cache_read,
                       greatest(0, coalesce(e.cache_write_input_tokens, 0) - coalesce(e.cache_write_1h_input_tokens, 0)) as n_cache_write_5m,
                       coalesce(e.cache_write_1h_input_tokens, 0) as n_cache_write_1h, coalesce(e.output_tokens, 0) as n_output,
                       coalesce(width_bucket(coalesce(e.input_tokens, 0) - 1, b.thresholds), 0) as band,
                       coalesce(e.cache_read_input_tokens, 0) + coalesce(e.cache_write_input_tokens, 0) > coalesce(e.input_tokens, 0)
                       or coalesce(e.cache_write_1h_input_tokens, 0) > coalesce(e.cache_write_input_tokens, 0) as inconsistent,
                       (e.status = 'cache_hit' or e.cache_hit is true) and coalesce(e.computed_cost_usd, 0) > 0 as hit_charged
                  from gateway.event e
                  left join recon.named_band b on b.provider = e.provider and b.name = e.model
                 where not exists (select from recon.uncounted_event u
                                    where u.request_id = e.request_id and u.provider = e.provider
                                      and u.file_id = e.file_id and u.row_no = e.row_no)
                   and ((select last_file_id from recon.horizon) is null
                        or case when e.file_id <> 0 then e.file_id <= (select last_file_id from recon.horizon)
                                else pg_visible_in_snapshot(e.xid::text::xid8, (select events from recon.horizon)) end)) d) c;

-- What events name, as they name it, once per combination; known by the number that counted_event gives it.
create table recon.event_name (
	names bigint primary key,
	provider text not null,
	model text,
	service_tier text,
	batch boolean,
	billing_rule_version text,
	unit_price jsonb,
	band integer not null,
	account_id text,
	region text,
	team_id text,
	service text,
	environment text,
	tenant_id text,
	feature text,
	outcome text not null,
	classes integer not null
);

-- The canonical model and the prices that go with what an event, or a group of them, names.
create function recon.rate_of(provider text, model text, service_tier text, batch boolean, billing_rule_version text, unit_price jsonb,
                              hour timestamptz, band int)
returns setof recon.rate
language sql stable parallel safe
as $$
	select r.*
	  from recon.rate r
	 where r.provider = rate_of.provider and r.model = coalesce(rate_of.model, '')
	   and r.service_tier = ref.tier(rate_of.service_tier, rate_of.batch)
	   and r.billing_rule_version = coalesce(rate_of.billing_rule_version, '')
	   and r.unit_price = coalesce(rate_of.unit_price, 'null')
	   and r.epoch = width_bucket(ref.utc_date(rate_of.hour), (select boundaries from recon.price_epoch))
	   and r.band = rate_of.band
$$;

-- The same with names in their canonical form, prices and rule cost. The one definition of what an event costs.
create view recon.priced_event as
select c.*,
       coalesce(n_input * p_input, 0) as r_input,
       coalesce(n_cache_read * p_cache_read, 0) as r_cache_read,
       coalesce(n_cache_write_5m * p_cache_write_5m, 0) as r_cache_write_5m,
       coalesce(n_cache_write_1h * p_cache_write_1h, 0) as r_cache_write_1h,
       coalesce(n_output * p_output, 0) as r_output,
       coalesce(n_input * p_input, 0) + coalesce(n_cache_read * p_cache_read, 0)
       + coalesce(n_cache_write_5m * p_cache_write_5m, 0) + coalesce(n_cache_write_1h * p_cache_write_1h, 0)
       + coalesce(n_output * p_output, 0) as rule_cost
  from (select e.request_id, e.provider, e."timestamp", e.file_id, e.row_no, e.hour, coalesce(a.model, e.model, '') as model,
               coalesce(e.model, '') as model_as_named, ref.tier(e.service_tier, e.batch) as service_tier,
               coalesce(e.account_id, '') as account_id, coalesce(e.region, '') as region,
               coalesce(e.api_key_id, '') as api_key_id, coalesce(e.resource_id, '') as resource_id,
               coalesce(e.team_id, '') as team_id, coalesce(e.service, '') as service,
               ref.environment(e.environment) as environment,
               coalesce(e.tenant_id, '') as tenant_id, coalesce(e.feature, '') as feature,
               coalesce(e.billing_rule_version, '') as billing_rule_version,
               e.status, e.billable, e.cache_hit, e.retry_of, e.unit_price, e.attributes, e.computed_cost_usd as stated_cost,
               e.inconsistent, e.hit_charged,
               e.input_tokens, e.cache_read_input_tokens, e.cache_write_input_tokens, e.cache_write_1h_input_tokens,
               e.n_input, e.n_cache_read, e.n_cache_write_5m, e.n_cache_write_1h, e.n_output,
               r.input as p_input, r.cache_read as p_cache_read, r.cache_write_5m as p_cache_write_5m,
               r.cache_write_1h as p_cache_write_1h, r.output as p_output,
               r.epoch, r.band, r.day as price_day, r.probe_tokens, r.version_known
          from recon.counted_event e
          left join ref.model_alias a on a.provider = e.provider and a.alias = e.model
          left join recon.rate_of(e.provider, e.model, e.service_tier, e.batch, e.billing_rule_version, e.unit_price, e.hour, e.band) r on true) c;

-- The same with what is to be judged of each: the cost that counts, what may differ from the rule cost, and what is odd.
create view recon.judged_event as
select p.*, coalesce(p.stated_cost, p.rule_cost) as computed, greatest(0.000001, 0.001 * p.rule_cost) as tolerance,
       (p.n_input > 0 and p.p_input is null) or (p.n_cache_read > 0 and p.p_cache_read is null)
       or (p.n_cache_write_5m > 0 and p.p_cache_write_5m is null)
       or (p.n_cache_write_1h > 0 and p.p_cache_write_1h is null)
       or (p.n_output > 0 and p.p_output is null) as unpriced
  from recon.priced_event p;

-- Every combination of what matching, pricing and ownership look at in events, once, under its canonical names: with the
-- outcome of the call, the classes that were metered (bits, as in recon.class_bit) and the prices of one unit. Numbers
-- mean nothing outside this database; digest says the same everywhere.
create table recon.event_kind (
	kind_no bigint primary key,
	provider text not null,
	account_id text not null,
	region text not null,
	model text not null,
	service_tier text not null,
	team_id text not null,
	service text not null,
	environment text not null,
	tenant_id text not null,
	feature text not null,
	billing_rule_version text not null,
	outcome text not null check (outcome in ('billable', 'failed', 'cache_hit')),
	classes integer not null,
	p_input numeric, p_cache_read numeric, p_cache_write_5m numeric, p_cache_write_1h numeric, p_output numeric,
	digest text not null unique        -- of the columns above but the number
);

create function recon.kind_digest(provider text, account_id text, region text, model text, service_tier text, team_id text, service text, environment text,
                                  tenant_id text, feature text, billing_rule_version text, outcome text, classes integer, p_input numeric,
                                  p_cache_read numeric, p_cache_write_5m numeric, p_cache_write_1h numeric, p_output numeric) returns text
language sql stable parallel safe
return encode(sha256(convert_to(jsonb_build_array(provider, account_id, region, model, service_tier, team_id, service, environment, tenant_id, feature,
                                                  billing_rule_version, outcome, classes, trim_scale(p_input), trim_scale(p_cache_read),
                                                  trim_scale(p_cache_write_5m), trim_scale(p_cache_write_1h), trim_scale(p_output))::text, 'UTF8')), 'hex');

-- The roll-up: counted events by hour and kind. A cell is one number for the two, so that what comes by the hour comes in order.
create function recon.hour_no(hour timestamptz) returns bigint
language sql immutable parallel safe
return (extract(epoch from hour) / 3600)::bigint;

create function recon.hour_of(cell_no bigint) returns timestamptz
language sql immutable parallel safe
return to_timestamp((cell_no >> 32) * 3600);

create function recon.day_of(cell_no bigint) returns date -- UTC; counted from a day before all others, as / cuts towards 0
language sql immutable parallel safe
return date '0001-01-01' + (((cell_no >> 32) + 719162 * 24) / 24)::integer;

create table recon.hour_cell (
	cell_no bigint primary key,         -- recon.hour_no(hour) << 32 | kind_no
	hour timestamptz not null,
	kind_no bigint not null,
	events bigint not null,
	ids bigint not null,                -- xor of the request ids' hashes: tells whether lines name just these events
	n_input bigint not null,
	n_cache_read bigint not null,
	n_cache_write_5m bigint not null,
	n_cache_write_1h bigint not null,
	n_output bigint not null,
	computed_usd numeric not null,
	rated_by_closebook bigint not null, -- events without a stated cost
	first_request_id text not null
);
create index on recon.hour_cell (hour);

-- The content of an hour, whatever the numbers of its kinds.
create table recon.hour_digest (
	hour timestamptz primary key,
	digest text not null
);

-- Where each counted event went, with its counts: what lines that name requests are joined to, and the way to an event's
-- hour from its request id.
create table recon.event_key (
	request_id text not null,
	cell_no bigint not null,
	n_input bigint not null,
	n_cache_read bigint not null,
	n_cache_write_5m bigint not null,
	n_cache_write_1h bigint not null,
	n_output bigint not null
);
create index on recon.event_key using brin (cell_no) with (pages_per_range = 32);
-- A small sample finds each cell once and takes there to be as many as events; what groups by cell would then not do so in parallel.
alter table recon.event_key alter column cell_no set (n_distinct = -0.02);

-- Billable events by hour and everything that matching and ownership look at. Counts n_, rule costs r_.
create view recon.event_hour as
select c.hour, k.provider, k.account_id, k.region, k.model, k.service_tier, k.team_id, k.service, k.environment, k.tenant_id, k.feature,
       k.billing_rule_version, c.events, c.n_input, c.n_cache_read, c.n_cache_write_5m, c.n_cache_write_1h, c.n_output,
       coalesce(c.n_input * k.p_input, 0) as r_input, coalesce(c.n_cache_read * k.p_cache_read, 0) as r_cache_read,
       coalesce(c.n_cache_write_5m * k.p_cache_write_5m, 0) as r_cache_write_5m,
       coalesce(c.n_cache_write_1h * k.p_cache_write_1h, 0) as r_cache_write_1h, coalesce(c.n_output * k.p_output, 0) as r_output,
       c.computed_usd, c.rated_by_closebook, c.first_request_id
  from recon.hour_cell c
  join recon.event_kind k using (kind_no)
 where k.outcome = 'billable';

-- What is wrong with single events, by hour and exception key (before ownership).
create table recon.event_finding (
	hour timestamptz not null,
	code text not null,
	provider text not null,
	model text not null,
	team_id text not null,
	service text not null,
	events bigint not null,
	amount_usd numeric not null,
	first_request_id text not null
);
create index on recon.event_finding (hour);

-- What the roll-up has seen. One row.
create table recon.rollup_state (
	snapshot pg_snapshot not null,  -- rows whose transaction it does not see are new
	price_digest text not null,     -- of the reference data that the ratings rest on
	cluster_id text not null        -- whose transactions these are; empty: not known yet
);
insert into recon.rollup_state values ('1:1:', '', '');

-- When a provider's events of a month last changed in the roll-up, in its own count: what rests on them looks here.
create table recon.event_change (
	provider text not null,
	period text not null,
	change_no bigint not null,
	primary key (provider, period)
);
insert into recon.price_epoch values ('{}');

-- round(x, places) with ties to even. numeric's own round() takes ties away from zero.
create function recon.round_half_even(x numeric, places int) returns numeric
language sql immutable parallel safe
return case when abs(x - trunc(x, places)) * 2 = 10::numeric ^ (-places) and mod(trunc(x, places) * 10::numeric ^ places, 2) = 0
            then trunc(x, places) else round(x, places) end;

-- numerator / denominator (> 0) rounded half to even, exact although numeric division is not.
create function recon.ratio_half_even(numerator numeric, denominator numeric, places int) returns numeric
language sql immutable parallel safe
return case when numerator is null or denominator is null then null else
	sign(numerator) * 10::numeric ^ (-places)
	* (div(abs(numerator) * 10::numeric ^ places, denominator)
	   + case when 2 * mod(abs(numerator) * 10::numeric ^ places, denominator) > denominator then 1
	          when 2 * mod(abs(numerator) * 10::numeric ^ places, denominator) = denominator
	          then mod(div(abs(numerator) * 10::numeric ^ places, denominator), 2) else 0 end) end;
