-- Facts: append-only, without triggers, and with the text match key in every unique key, so that they can be
-- distributed by it. A gateway may write gateway.event itself: file_id and row_no are then 0.
create table ops.file (
	file_id bigint primary key,
	source text not null,
	format text not null,
	path text not null,
	digest text not null,          -- SHA-256 of the bytes as stored
	bytes bigint not null,
	rows_read bigint not null,
	rows_accepted bigint not null,
	rows_quarantined bigint not null,
	rows_duplicate bigint not null,
	rows_passed_over bigint not null, -- other services' rows of a bill
	period text,                   -- of its first record; null when it has none
	origin text,                   -- where it was fetched from; null: it was put here
	version text,                  -- which state of it: an ETag, a digest of the bucket, a cursor
	loaded_at timestamptz not null default clock_timestamp()
);
create index on ops.file (digest);
create index on ops.file (origin) where origin is not null;
create index on ops.file (version) where version is not null;

-- Files that gave nothing; a later load of the same path settles the matter.
create table ops.rejected_file (
	rejected_id bigint primary key,
	source text not null,
	path text not null,
	digest text not null,
	code text not null,            -- exception code: truncated_file, malformed_row, …
	line bigint not null,
	message text not null,
	as_of timestamptz not null,
	rejected_at timestamptz not null default clock_timestamp()
);

create table ops.quarantine (
	file_id bigint not null,
	line bigint not null,
	reason text not null,
	raw text not null
);
create index on ops.quarantine (file_id);

create table gateway.event (
	request_id text not null check (request_id <> ''),
	"timestamp" timestamptz not null check ("timestamp" > '-infinity' and "timestamp" < '10000-01-01 00:00:00+00'),
	provider text not null check (provider <> '' and provider = lower(provider)), -- the canonical name
	model text,
	team_id text,
	service text,
	environment text,
	input_tokens bigint check (input_tokens between 0 and 1000000000000),
	output_tokens bigint check (output_tokens between 0 and 1000000000000),
	cache_read_input_tokens bigint check (cache_read_input_tokens between 0 and 1000000000000),
	cache_write_input_tokens bigint check (cache_write_input_tokens between 0 and 1000000000000),
	cache_write_1h_input_tokens bigint check (cache_write_1h_input_tokens between 0 and 1000000000000),
	unit_price jsonb,
	computed_cost_usd numeric check (computed_cost_usd >= 0 and computed_cost_usd <= 1000000000),
	billing_rule_version text,
	status text not null default 'success' check (status in ('success', 'partial', 'error', 'cache_hit')),
	org_id text,
	user_id text,
	cost_center text,
	project_id text,
	feature text,
	workload_class text,
	tenant_id text,
	parent_run_id text,
	step_kind text,
	tool_name text,
	workflow_id text,
	operation_id text,
	originator_id text,
	issuance_id text,
	signing_key_id text,
	envelope_hmac text,
	attempt bigint,
	retry_of text,
	account_id text,
	region text,
	api_key_id text,
	resource_id text,
	service_tier text,
	batch boolean,
	cache_hit boolean,
	trace_id text,
	attributes jsonb,
	file_id bigint not null default 0,
	row_no bigint not null default 0,
	xid bigint not null default txid_current() -- bigint: BRIN knows no xid8
);
-- A loader numbers files and their rows; a gateway that writes itself tells records of one request apart by row_no.
create unique index event_written on gateway.event (request_id, provider, row_no) where file_id = 0;
comment on table gateway.event is 'every record of every provider call; repeats of (provider, request_id) are revisions of which one is counted';
comment on column gateway.event.input_tokens is 'inclusive of cache reads and writes';
comment on column gateway.event.xid is 'the transaction that wrote the row: the roll-up asks which rows its last snapshot did not see';
-- What each range of blocks holds: times and transactions, which come in order, and a filter of the request ids, which are looked
-- up one by one, now and then. It is made after a load and costs that next to nothing, where a hash or a tree of the ids would
-- nearly double its time. (One index, because a load calls each for every row.)
create index event_blocks on gateway.event
	using brin ("timestamp", xid, request_id text_bloom_ops (n_distinct_per_range = 1500, false_positive_rate = 0.002)) with (pages_per_range = 32);
create index event_retry on gateway.event ("timestamp") where retry_of is not null;

-- One complete set of lines. Later ones supersede; nothing is overwritten.
create table provider.delivery (
	delivery_id bigint primary key,
	source text not null,
	source_type text not null,
	dataset text not null,
	payer text not null,
	bucket_start timestamptz not null,
	bucket_end timestamptz not null,
	period text not null,
	label text not null,            -- assembly or execution id of a manifest, else empty
	superseded_by bigint references provider.delivery deferrable initially deferred,
	superseded_at timestamptz,      -- by the clock of the run that did it
	lines_dropped_at timestamptz,   -- since when only this row tells of its lines, see sql/retention/
	line_count bigint not null,
	cost numeric not null,          -- Σ of the lines' cost, currencies as they come
	digest text not null,           -- SHA-256 over the files' digests, in byte order
	usage_from timestamptz,         -- of its lines
	usage_to timestamptz,
	has_request_ids boolean not null,
	has_other_lines boolean not null,
	has_cost boolean not null,      -- a dataset of money; usage reports have none
	providers text[] not null,      -- of its lines, in byte order
	loaded_at timestamptz not null default clock_timestamp(),
	check ((superseded_by is null) = (superseded_at is null)),
	check (lines_dropped_at is null or superseded_by is not null)
);
create unique index delivery_current on provider.delivery (source, dataset, payer, bucket_start, bucket_end)
	where superseded_by is null;
create index on provider.delivery (superseded_by);

create table provider.delivery_file (
	delivery_id bigint not null references provider.delivery,
	file_id bigint not null,
	primary key (delivery_id, file_id)
);

-- Attributes that repeat from line to line, once per distinct combination in a file.
create table provider.line_attribute (
	file_id bigint not null,
	attribute_no integer not null,
	provider text not null,
	charge_type text not null,
	has_request_id boolean not null,
	account_id text,
	region text,
	api_key_id text,
	resource_id text,
	principal text,
	model text,
	usage_class text,
	service_tier text,
	unit text,
	currency text not null,
	invoice_id text,
	tags jsonb,
	description text,
	product_code text,              -- CUR: by which tax and credit rows follow the rows they belong to
	net_cost_missing boolean not null, -- CUR: the net cost column was empty here
	primary key (file_id, attribute_no)
);

-- What matching asks of lines without looking at their attributes, once per combination. The last four bits of the number
-- tell whether there is a request id (8) and the token class: 1 input, 2 cache_read, 3 cache_write_5m, 4 cache_write_1h, 5 output;
-- 0 another or none; 7 one of these, where the quantity is no whole number of at most 18 digits.
create table provider.line_kind (
	kind_no integer primary key,
	provider text not null,
	charge_type text not null,
	usage_class text not null,
	currency text not null,
	has_request_id boolean not null
);

create table provider.line_fact (
	match_key text not null, -- request_id, else a synthetic one: '#FILE:LINE'
	delivery_id bigint not null,
	file_id bigint not null,
	line_no bigint not null,
	attribute_no integer not null,
	kind_no integer not null,
	period text not null,
	usage_start timestamptz not null,
	usage_end timestamptz not null,
	quantity numeric,
	cost numeric
) partition by list (period);
comment on table provider.line_fact is 'by period, and within it by delivery where one holds a whole bill: what was superseded is then dropped as a table';

-- The planner has statistics of partitions and none of what they are parts of (to make them, all bills would be read), but a
-- join asks those: these it gets once, from a line that is then dropped again. Most lines with a request id have a like or two, there
-- are few kinds, and what is read at once is of one or two periods.
alter table provider.line_fact alter column match_key set (n_distinct_inherited = -0.5), alter column kind_no set (n_distinct_inherited = 4),
	alter column period set (n_distinct_inherited = 1);
create table provider.line_seed partition of provider.line_fact for values in ('0000-00');
insert into provider.line_seed values ('#', 0, 0, 0, 0, 0, '0000-00', '2000-01-01', '2000-01-01');
analyze provider.line_fact (match_key, kind_no, period);
drop table provider.line_seed;

-- Lines summed while they are loaded, over equal attributes and windows; those with a request id over equal attributes only.
-- (The loader holds so many sums at a time: of a large file the same may stand in several rows.) Derived and never changed:
-- what a night reads of the bills of earlier nights.
create table provider.line_sum (
	delivery_id bigint not null,
	file_id bigint not null,
	attribute_no integer not null,
	period text not null,
	usage_start timestamptz not null,
	usage_end timestamptz not null,
	has_cost boolean not null,
	lines bigint not null,
	cost numeric,                  -- Σ, in the attribute's currency
	quantity numeric               -- Σ of lines without a request id; those without a quantity have a row of their own
);
create index on provider.line_sum (delivery_id);

create view provider.line as
select f.delivery_id, f.file_id, f.line_no, f.period, a.provider, a.charge_type,
       case when a.has_request_id then f.match_key end as request_id,
       a.account_id, a.region, a.api_key_id, a.resource_id, a.principal, a.model, a.usage_class,
       case when a.service_tier is not null then ref.tier(a.service_tier) end as service_tier,
       f.usage_start, f.usage_end, f.quantity, a.unit, f.cost, a.currency, a.invoice_id,
       coalesce(a.tags, '{}') as tags, a.description
  from provider.line_fact f
  join provider.line_attribute a using (file_id, attribute_no)
  join provider.delivery d using (delivery_id);
comment on view provider.line is 'every line of every delivery that has not dropped them; provider.delivery.superseded_by is null for the current ones';

-- Records of a usage log with request ids: the middle leg of the three-way match. Never changes amounts.
create table provider.usage_log (
	request_id text not null,
	provider text not null,
	"timestamp" timestamptz not null,
	account_id text,
	region text,
	inference_region text,
	model text,
	operation text,
	principal text,
	error_code text,
	input_tokens bigint not null,  -- exclusive of cache, as logged
	cache_read_input_tokens bigint not null,
	cache_write_input_tokens bigint not null,
	cache_write_1h_input_tokens bigint, -- null: the log does not say
	output_tokens bigint not null,
	file_id bigint not null,
	row_no bigint not null,
	primary key (request_id, provider, file_id, row_no)
);
create index usage_log_timestamp on provider.usage_log using brin ("timestamp");
