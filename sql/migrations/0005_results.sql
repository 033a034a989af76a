-- Results of reconciling a period: rebuilt as a whole, in one transaction. Small; on the coordinator.

-- Up to when the current bills reach, by account, at most the period's end. A line without rate does not count: it is in no
-- amount.
create function recon.reach_of(period text) returns table (provider text, account_id text, reach timestamptz)
language sql stable
as $$
	select a.provider, a.account_id, least(max(l.usage_end), ref.period_end(reach_of.period))
	  from (select l.file_id, l.attribute_no, l.period, max(l.usage_end) as usage_end
	          from provider.line_sum l
	         where l.has_cost
	           and l.delivery_id = any (array(select delivery_id from provider.delivery d
	                                           where d.superseded_by is null and d.has_cost and d.usage_to > ref.period_start(reach_of.period)))
	         group by l.file_id, l.attribute_no, l.period) l
	  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.charge_type = 'usage'
	  left join ref.fx x on x.period = l.period and x.currency = a.currency
	 where a.currency = 'USD' or x.usd_rate is not null
	 group by a.provider, a.account_id
$$;

-- A group of bill lines without request ids that share provider, dimensions and window.
create table recon.bucket (
	period text not null,
	bucket_no bigint not null,        -- in key order
	source text not null,
	provider text not null,
	account_id text, region text, model text, usage_class text, service_tier text, api_key_id text, resource_id text, -- null: not compared
	usage_start timestamptz not null,
	usage_end timestamptz not null,
	line_count bigint not null,
	cost_usd numeric not null,
	billed_quantity numeric,          -- Q; null where neither lines nor usage reports give one
	metered_quantity numeric not null, -- M
	rule_cost_usd numeric not null    -- R of this period's events
);
create index bucket_blocks on recon.bucket using brin (period) with (pages_per_range = 16);

-- Where every amount went and why. Sums over it are the variance, its causes, and the journal's debits.
create table recon.posting (
	period text not null,
	step text not null check (step in ('event', 'exact', 'bucket', 'owner', 'policy', 'unattributed', 'unbilled')),
	bucket_no bigint,
	provider text not null,
	business_unit text not null,
	team_id text not null,
	service text not null,
	environment text not null,
	tenant_id text not null,
	feature text not null,
	model text not null,
	usage_class text not null,
	charge_type text not null,
	lines bigint not null default 0,      -- bill lines behind it, where it stands for some
	usage_billed numeric not null default 0,
	charges numeric not null default 0,
	computed numeric not null default 0,
	rule_cost numeric not null default 0, -- of what was matched
	rating numeric not null default 0,
	rate numeric not null default 0,
	quantity numeric not null default 0,
	unbilled numeric not null default 0,
	unmetered numeric not null default 0,
	timing numeric not null default 0
);
-- (A period's rows are written at once and lie together; variance/result summarizes the new blocks.)
create index posting_blocks on recon.posting using brin (period) with (pages_per_range = 16);

-- What lines with a request id amount to, kept until such lines, events or prices change. Classes are bits:
-- input 1, cache_read 2, cache_write_5m 4, cache_write_1h 8, output 16, another class 32, none stated 64.
create function recon.class_bit(usage_class text) returns int
language sql immutable parallel safe
return case usage_class when 'input' then 1 when 'cache_read' then 2 when 'cache_write_5m' then 4 when 'cache_write_1h' then 8
                        when 'output' then 16 else case when coalesce(usage_class, '') = '' then 64 else 32 end end;

create function recon.bits(mask int) returns int
language sql immutable parallel safe
return (mask & 1) + (mask >> 1 & 1) + (mask >> 2 & 1) + (mask >> 3 & 1) + (mask >> 4 & 1) + (mask >> 5 & 1) + (mask >> 6 & 1);

-- By owner key and day of the event: own lines' cost, and what was metered.
create table recon.exact_amount (
	period text not null,
	provider text not null,
	day date not null,
	team_id text not null,
	service text not null,
	environment text not null,
	tenant_id text not null,
	feature text not null,
	model text not null,
	billable boolean not null,
	failed boolean not null,          -- the call ended in an error
	in_period boolean not null,       -- the event is of this period
	usage_class text not null,        -- '' where the line names none
	charge_type text not null,
	lines bigint not null,
	cost_usd numeric not null,
	requests bigint not null,         -- that own lines name; in the rows that count them, see match/exact_amounts
	late_requests bigint not null,    -- of which some class is covered elsewhere only
	rule_cost numeric not null,       -- R of what own lines cover
	priced numeric not null,          -- R × f
	elsewhere numeric not null,       -- R of what only another period's lines cover
	first_request_id text,            -- of requests
	first_late_request_id text        -- of late_requests
);
create index on recon.exact_amount (period);

-- Billable counts of the roll-up's cells that lines of any period cover, which buckets therefore don't; and of how many events (e_).
create table recon.exact_covered (
	period text not null,
	cell_no bigint not null,
	n_input bigint not null,
	n_cache_read bigint not null,
	n_cache_write_5m bigint not null,
	n_cache_write_1h bigint not null,
	n_output bigint not null,
	e_input bigint not null,
	e_cache_read bigint not null,
	e_cache_write_5m bigint not null,
	e_cache_write_1h bigint not null,
	e_output bigint not null
);
create index exact_covered_blocks on recon.exact_covered using brin (period) with (pages_per_range = 16);

-- Own lines whose request id no event has.
create table recon.exact_orphan (
	period text not null,
	file_id bigint not null,
	attribute_no integer not null,
	day date not null,
	lines bigint not null,
	cost_usd numeric not null
);
create index on recon.exact_orphan (period);

-- Findings about single requests, in the form of recon.event_finding.
create table recon.exact_finding (
	period text not null,
	code text not null,
	provider text not null,
	model text not null,
	team_id text not null,
	service text not null,
	day date not null,
	requests bigint not null,
	amount_usd numeric not null,
	first_request_id text not null
);
create index on recon.exact_finding (period);

-- Billed requests whose event lies at or past the end of what its provider has billed so far: not to be estimated too.
create table recon.exact_late (
	period text not null,
	provider text not null,
	request_id text not null
);
create index on recon.exact_late (period);

create table recon.exact_state (
	period text primary key,
	digest text not null              -- of the deliveries, events, prices and rates that the above rest on
);

create table recon.variance (
	period text not null,
	business_unit text not null,
	computed_usd numeric not null,
	usage_billed_usd numeric not null,
	variance_usd numeric not null,
	variance_pct numeric,
	tolerance_usd numeric not null,
	status text not null check (status in ('within', 'breach')),
	rating_usd numeric not null,
	rate_usd numeric not null,
	quantity_usd numeric not null,
	unbilled_usd numeric not null,
	unmetered_usd numeric not null,
	timing_usd numeric not null,
	rounding_usd numeric not null,
	charges_usd numeric not null,
	billed_usd numeric not null,
	primary key (period, business_unit)
);

-- The same per team, service, provider, model, usage class and environment.
create view recon.variance_detail as
select period, business_unit, team_id, service, provider, model, usage_class, environment,
       sum(computed) as computed_usd, sum(usage_billed) as usage_billed_usd, sum(usage_billed) - sum(computed) as variance_usd,
       sum(rating) as rating_usd, sum(rate) as rate_usd, sum(quantity) as quantity_usd, sum(unbilled) as unbilled_usd,
       sum(unmetered) as unmetered_usd, sum(timing) as timing_usd,
       sum(usage_billed) - sum(computed) - sum(rating + rate + quantity + unbilled + unmetered + timing) as rounding_usd,
       sum(charges) as charges_usd, sum(usage_billed) + sum(charges) as billed_usd
  from recon.posting
 group by period, business_unit, team_id, service, provider, model, usage_class, environment;

create table recon.exception (
	exception_id text primary key, -- first 16 hex digits of the SHA-256 of the key
	period text not null,
	class text not null,
	code text not null,
	severity text not null,
	business_unit text not null,
	team_id text not null,
	service text not null,
	provider text not null,
	model text not null,
	request_id text not null,
	amount_usd numeric not null,
	count bigint not null,
	detail text not null,
	owner text not null,
	status text not null default 'open' check (status in ('open', 'acknowledged', 'resolved', 'waived')),
	unique (period, code, business_unit, team_id, service, provider, model)
);

-- What the person who reads an exception needs to know of its code.
create table recon.exception_code (
	code text primary key,
	class text not null,
	severity text not null check (severity in ('info', 'warning', 'error')),
	cause text not null,
	remedy text not null
);

-- The state of the last reconciliation of a period.
create table recon.result (
	period text primary key,
	result_id text not null,       -- SHA-256 over deliveries, reference data, options and as-of
	as_of timestamptz not null,
	line_total_usd numeric not null, -- Σ of the lines that can be expressed in USD
	notices jsonb not null,        -- dimensions that were dropped, and the like
	inputs text not null,          -- digest of all that it was computed from but the clock, see variance/inputs
	steady_from timestamptz not null, -- from this as-of on nothing in it grows older
	reconciled_at timestamptz not null default clock_timestamp()
);

-- A result by its content: SHA-256 over the period's current deliveries, reference data, options, events and as-of.
create function recon.result_id(period text, as_of timestamptz, options jsonb) returns text
language sql stable
as $$
	select encode(sha256(convert_to(concat_ws(E'\n', result_id.period, to_char(result_id.as_of at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
	           result_id.options::text,
	           (select digest from ops.refdata order by refdata_id desc limit 1),
	           (select string_agg(concat_ws(' ', source, dataset, payer, bucket_start, bucket_end, digest), E'\n'
	                              order by source collate "C", dataset collate "C", payer collate "C", bucket_start, bucket_end)
	              from provider.delivery d where d.period = result_id.period and superseded_by is null),
	           (select encode(sha256(convert_to(coalesce(string_agg(concat_ws(' ', extract(epoch from h.hour), h.digest), E'\n' order by h.hour), ''), 'UTF8')), 'hex')
	              from recon.hour_digest h
	             where h.hour >= ref.period_start(result_id.period) and h.hour < ref.period_end(result_id.period))), 'UTF8')), 'hex')
$$;

create table ledger.journal (
	journal_id text primary key,
	period text not null,
	kind text not null check (kind in ('accrual', 'reversal', 'final', 'correction')),
	posting_date date not null,
	draft boolean not null,
	currency text not null,
	memo text not null
);
create unique index on ledger.journal (period, kind) where draft;

create table ledger.journal_line (
	journal_id text not null references ledger.journal on delete cascade,
	line integer not null,
	provider text not null,
	account text not null,
	cost_center text not null,
	business_unit text not null,
	debit numeric not null check (debit >= 0 and debit = round(debit, 2)),
	credit numeric not null check (credit >= 0 and credit = round(credit, 2)),
	memo text not null,
	primary key (journal_id, line),
	check ((debit = 0) <> (credit = 0))
);

-- What an accrual estimates beyond the bills: computed cost of event time that no bill has reached.
create table recon.accrual_estimate (
	period text not null,
	provider text not null,
	business_unit text not null,
	team_id text not null,
	amount_usd numeric not null,
	events bigint not null,
	primary key (period, provider, business_unit, team_id)
);

-- What `nightly` last told of a period: its news is what differs from it, whoever reconciled in between.
create table ops.told (
	period text primary key,
	line text not null,            -- empty: nobody had to look
	told_at timestamptz not null default clock_timestamp()
);
