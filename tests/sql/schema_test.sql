-- What the schema promises to every database that it runs on.
\set QUIET on
\set ON_ERROR_STOP on
begin;
create extension if not exists pgtap;
select plan(7);

create temporary table fact (name text, match_key text);
insert into fact values ('gateway.event', 'request_id'), ('provider.line_fact', 'match_key'), ('provider.usage_log', 'request_id');

select is_empty($$
	select f.name from fact f
	 where not exists (select from pg_attribute where attrelid = f.name::regclass and attname = f.match_key
	                      and attnotnull and atttypid = 'text'::regtype)$$, 'facts have a text match key');
select is_empty($$
	select f.name, i.indexrelid::regclass from fact f join pg_index i on i.indrelid = f.name::regclass and i.indisunique
	 where not exists (select from pg_attribute a where a.attrelid = i.indrelid and a.attname = f.match_key and a.attnum = any (i.indkey))$$,
	'it is part of each of their unique keys');
select is_empty($$select f.name from fact f join pg_trigger t on t.tgrelid = f.name::regclass$$, 'facts have no triggers');
select is_empty($$
	select table_schema, table_name, column_name from information_schema.columns
	 where table_schema in ('gateway', 'provider', 'ref', 'recon', 'ledger', 'ops') and column_name ~ '_(id|no)$'
	   and data_type in ('smallint', 'integer') and column_name not in ('attribute_no', 'kind_no')$$,
	'numbers that grow are bigint (attribute_no counts within a file, kind_no a few combinations)');
select is_empty($$
	select table_schema, table_name, column_name from information_schema.columns
	 where table_schema in ('gateway', 'provider', 'ref', 'recon', 'ledger', 'ops')
	   and data_type in ('real', 'double precision', 'money', 'timestamp without time zone')$$,
	'no column rounds money or forgets the time zone');

-- Facts are appended; what a load takes back or completes of its own, and the lines of superseded deliveries that are dropped in
-- the end, are changed by the functions that may, and by nothing else.
\set changers `grep -rlEi '(update|delete from|truncate( table)?) +(only +)?(gateway\.event|provider\.(line_fact|line_attribute|line_sum|usage_log|delivery|delivery_file)|ops\.(file|quarantine))\b' sql | LC_ALL=C sort | tr '\n' ' '`
select is(:'changers'::text, 'sql/migrations/0012_fact_safety.sql ', 'no query but the functions that may changes facts');

-- A later delivery supersedes an earlier one, whose lines stay; two current ones of one set can't be.
insert into provider.delivery (delivery_id, source, source_type, dataset, payer, bucket_start, bucket_end, period, label, line_count, cost,
                               digest, has_request_ids, has_other_lines, has_cost, providers)
values (1, 's', 'usage-csv', 'd', '', '2026-10-01Z', '2026-10-02Z', '2026-10', '', 0, 0, '', false, false, true, '{}');
select throws_ok($$
	insert into provider.delivery (delivery_id, source, source_type, dataset, payer, bucket_start, bucket_end, period, label, line_count, cost,
	                               digest, has_request_ids, has_other_lines, has_cost, providers)
	values (2, 's', 'usage-csv', 'd', '', '2026-10-01Z', '2026-10-02Z', '2026-10', '', 0, 0, '', false, false, true, '{}')$$,
	'23505', null, 'a set has one current delivery');

select * from finish();
rollback;
