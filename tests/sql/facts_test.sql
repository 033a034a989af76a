-- Facts are safe from everybody who can log in: each statement that could change a table, tried as each role, on every table
-- that the catalog knows; and the functions by which a load and a night change what they may.
\set QUIET on
\set ON_ERROR_STOP on
begin;
create extension if not exists pgtap;
select no_plan();
\i sql/close/roles.sql

create role loader login in role closebook_loader;
create role prep login in role closebook_preparer;
create role sign login in role closebook_signer;
create role appr login in role closebook_approver;
create role aud login in role closebook_auditor;
create role gate login in role gateway_writer;
create role stranger login;

-- What comes of a statement when that login runs it: SQLSTATE, or empty; whatever it did is undone.
create function pg_temp.try(login text, statement text) returns text
language plpgsql
as $$
declare
	me text := session_user;
	result text;
begin
	begin
		perform set_config('session_authorization', login, true);
		execute statement;
		raise exception using errcode = 'P9999';
	exception when others then
		result := nullif(sqlstate, 'P9999');
	end;
	perform set_config('session_authorization', me, true);
	return coalesce(result, '');
end $$;

insert into provider.delivery (delivery_id, source, source_type, dataset, payer, bucket_start, bucket_end, period, label, line_count, cost, digest,
                               has_request_ids, has_other_lines, has_cost, providers)
select n, 's', 'usage-csv', 'd' || n, '', '2026-10-01Z', '2026-11-01Z', '2026-10', '', 1, 1, 'digest', false, true, true, '{mistral}' from generate_series(1, 3) n;
select provider.make_partition('2026-10', null), provider.make_partition('2026-10', 3);
insert into ops.file values (1, 's', 'usage-csv', '/a', 'd', 1, 10, 8, 2, 0, 0, '2026-10', null, null);
insert into gateway.event (request_id, "timestamp", provider, file_id, row_no) values ('r', '2026-10-01Z', 'mistral', 1, 1);
insert into provider.line_fact select '#' || n, n, 1, n, 1, 16, '2026-10', '2026-10-01Z', '2026-10-02Z', 1, 1 from generate_series(1, 3) n;

create temporary table tried as
select login, r.relation::text as relation, a.action,
       pg_temp.try(login, replace(replace(replace(a.statement, 'RELATION', r.relation::text), 'COLUMN', quote_ident(r.first)), 'KIND', r.kind)) as result
  from unnest(array['loader', 'prep', 'sign', 'appr', 'aud', 'gate', 'stranger']) login,
       (select c.oid::regclass as relation, case c.relkind when 'v' then 'view' else 'table' end as kind,
               (select attname from pg_attribute where attrelid = c.oid and attnum = 1) as first
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname in ('gateway', 'provider', 'ref', 'recon', 'ledger', 'ops') and c.relkind in ('r', 'p', 'v')) r,
       (values ('insert', 'insert into RELATION (COLUMN) select COLUMN from RELATION where false'),
               ('insert', 'insert into RELATION (COLUMN) select null where false'),
               ('update', 'update RELATION set COLUMN = null where false'), ('delete', 'delete from RELATION where false'),
               ('truncate', 'truncate RELATION cascade'), ('alter', 'alter KIND RELATION rename to other'),
               ('drop', 'drop KIND RELATION cascade'), ('rule', 'create rule r as on insert to RELATION do nothing'),
               ('trigger', 'create trigger t before insert on RELATION for each statement execute function suppress_redundant_updates_trigger()')) a (action, statement);
select cmp_ok((select count(distinct relation) from tried)::int, '>', 50, 'every table and view is tried');
-- What went through, but for reference data and results, which the loader makes anew.
select set_eq($$select distinct login, relation, action from tried where result = '' and relation !~ '^(ref|recon)\.'$$,
	$$select login, relation, action from (values
		('loader', 'insert', '{gateway.event, ledger.journal, ledger.journal_line, ops.file, ops.quarantine, ops.rejected_file, ops.refdata, ops.told, ops.action_item, provider.delivery,
		                       provider.delivery_file, provider.line_attribute, provider.line_kind, provider.line_fact, provider.line_2026_10, provider.line_2026_10_rest,
		                       provider.line_2026_10_3, provider.line_sum, provider.usage_log}'::text[]),
		('loader', 'delete', '{ledger.journal, ledger.journal_line, ops.rejected_file}'), ('loader', 'update', '{ops.told, ops.action_item}'),
		('gate', 'insert', '{gateway.event}')) v (login, action, relations), unnest(relations) relation$$,
	'facts and ledger: whoever loads adds, and draft journals come and go; nobody else writes');
select is((select string_agg(distinct login || ' ' || action, ', ') from tried where result = '' and relation ~ '^(ref|recon)\.'
            and (login <> 'loader' or action not in ('insert', 'update', 'delete'))), null, 'reference data and results are the loader''s to write, and nobody''s to replace');
select is((select string_agg(distinct login || ' ' || relation || ' ' || result, ', ') from tried where result = '' and relation = 'recon.exception_code'), null,
	'what an exception means is nobody''s to write');
select is((select string_agg(distinct relation, ' ') from tried where login = 'loader' and action in ('alter', 'drop', 'truncate') and result = ''), null,
	'the loader owns no table: nothing of its own can stand where others read');

select is(pg_temp.try('gate', format('insert into gateway.event (request_id, "timestamp", provider, %s) values (''x'', now(), ''mistral'', 1)', name)), '42501',
	'a gateway does not write ' || name) from unnest(array['xid', 'file_id']) name;
select is(pg_temp.try('loader', 'insert into gateway.event (request_id, "timestamp", provider, xid) values (''x'', now(), ''mistral'', 1)'), '42501', 'nor the loader xid');
select is(pg_temp.try(login, format('create %s', what)), '42501', format('%s creates no %s', login, what))
  from unnest(array['loader', 'prep', 'sign', 'appr', 'aud', 'gate', 'stranger']) login,
       unnest(array['gateway', 'provider', 'ref', 'recon', 'ledger', 'ops', 'close', 'public']) place,
       unnest(array[format('table %s.x ()', place), format('view %s.x as select 1', place), format('function %s.x() returns int language sql return 1', place),
                    format('operator %s.= (leftarg = numeric, rightarg = numeric, function = numeric_ne)', place)]) what;
select is(pg_temp.try(login, 'create table scratch.x ()'), case login when 'loader' then '' else '42501' end, login || ' and working tables')
  from unnest(array['loader', 'prep', 'sign', 'appr', 'aud', 'gate', 'stranger']) login;

-- ---- Functions that run as their owner ----
select is((select string_agg(p.oid::regprocedure::text, ', ') from pg_proc p join pg_namespace n on n.oid = p.pronamespace
            where p.prosecdef and n.nspname !~ '^pg_' and not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false)), null,
	'each pins its search_path, temporary tables last');
select is((select string_agg(p.oid::regprocedure::text, ', ') from pg_proc p
            where p.prosecdef and has_function_privilege('stranger', p.oid, 'execute')), null, 'none is everybody''s');
select is((select string_agg(distinct r.rolname, ' ') from pg_proc p join pg_roles r on r.oid = p.proowner where p.prosecdef and p.pronamespace <> 'pg_catalog'::regnamespace),
	'closebook_owner', 'all of them belong to the role that nobody logs in as');
select is((select rolcanlogin or rolsuper or rolcreaterole or rolcreatedb or rolbypassrls from pg_roles where rolname = 'closebook_owner'), false, 'which can do nothing else');
select is((select string_agg(distinct login || ' ' || p.proname, ', ' order by login || ' ' || p.proname)
             from pg_proc p, unnest(array['prep', 'sign', 'appr', 'aud', 'gate']) login
            where p.prosecdef and p.pronamespace in ('provider'::regnamespace, 'ops'::regnamespace) and has_function_privilege(login, p.oid, 'execute')), null,
	'what changes facts is the loader''s alone');
select is((select string_agg(c.oid::regclass::text, ', ') from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname in ('gateway', 'provider', 'ref', 'recon', 'ledger', 'ops', 'close') and c.relowner <> 'closebook_owner'::regrole), null,
	'so do all tables, views and indexes');
-- A temporary table of the caller's, or a function, in the place of what the functions read.
select is(pg_temp.try('aud', $q$do $x$ begin create temporary table entry as select 1 as entry_no; create temporary table counter (name text, value bigint);
	create function pg_temp.max(bigint) returns bigint language plpgsql as 'begin raise exception ''mine''; end';
	perform set_config('search_path', 'pg_temp, close, ledger', true); perform * from close.breaks(); end $x$$q$), '', 'what a caller makes is not looked at');

-- ---- What a load may change ----
select is(pg_temp.try('loader', statement), result, statement) from (values
	('select provider.take_back(''{1}'', ''{}'')', 'Z0077'), ('select provider.take_back(''{}'', ''{1}'')', 'Z0077'),
	('select provider.drop_partition(''line_2026_10_3'')', 'Z0077'), ('select provider.drop_partition(''line_2026_10_rest'')', 'Z0077'),
	('select provider.drop_partition(''line_fact'')', 'Z0077'), ('select provider.drop_partition(''line_2026_10'')', 'Z0077'),
	('select provider.make_partition(''2026-10; drop table x'', null)', 'Z0064'), ('select provider.make_partition(''2026-12'', 9)', ''),
	('select ops.settle(''ledger.entry'')', 'Z0077'), ('select ops.settle(''recon.rate'')', ''), ('select ops.settle(''recon.rate'', ''a); drop table x'')', '42703'),
	('select provider.supersede(''{1}'', ''{2}'', now())', 'Z0077'), ('select provider.supersede(''{1}'', ''{1}'', now())', 'Z0077'),
	('select provider.supersede(''{1}'', ''{9}'', now())', '')) v (statement, result);
-- An earlier transaction's rows: here, ones that say so. (A row's xmin cannot be set: the end-to-end tests see to it.)
update gateway.event set xid = xid - 1, file_id = 7;
select lives_ok($$select provider.take_back('{7}', '{}')$$, 'a file that was not recorded is taken back');
select is((select count(*)::int from gateway.event), 1, 'but nothing that another transaction wrote');
insert into gateway.event (request_id, "timestamp", provider, file_id, row_no) values ('s', '2026-10-01Z', 'mistral', 7, 2);
insert into provider.line_fact values ('#9', 9, 7, 1, 1, 16, '2026-10', '2026-10-01Z', '2026-10-02Z', 1, 1);
select pg_temp.try('loader', 'select 1');
select provider.take_back('{7}', '{9}');
select is((select array_agg(request_id) from gateway.event), array['r'], 'what this one wrote is');
select is((select count(*)::int from provider.line_fact where delivery_id = 9), 0, 'so are its lines');
select provider.supersede('{1}', '{9}', '2026-10-05Z');
select throws_ok($$select provider.supersede('{1}', '{10}', '2026-10-06Z')$$, 'Z0077', null, 'what was superseded stays so');
update provider.delivery set superseded_by = 2, superseded_at = '2026-10-05Z' where delivery_id in (1, 3);
select lives_ok($$select ops.count_repeats('{1}', '{3}')$$, 'repeats of a file are counted');
select results_eq('select rows_duplicate, rows_accepted from ops.file', 'values (3::bigint, 5::bigint)', 'and its rows still add up');
select ops.count_repeats('{1}', '{9}'), ops.count_repeats('{1}', '{-1}');
select results_eq('select rows_duplicate, rows_accepted from ops.file', 'values (3::bigint, 5::bigint)', 'more than it has is not counted');

-- ---- What is put back to compute a month anew ----
-- (The statement's transaction ends where constraints are looked at.)
create function pg_temp.replay(extra text) returns text
language sql as $$ select format('do $x$ begin update recon.horizon set is_replay = true, last_delivery_id = 1; perform provider.rewind(1); %s end $x$', extra) $$;
select is(pg_temp.try('loader', statement), result, statement) from (values
	('select provider.rewind(1)', 'Z0077'), ('select provider.forget_sums(''2026-10'')', 'Z0077'), (pg_temp.replay('perform provider.forget_sums(''2026-10'');'), ''),
	(pg_temp.replay('set constraints all immediate;'), 'Z0077'),
	(pg_temp.replay('update recon.horizon set is_replay = false, last_delivery_id = null; set constraints all immediate;'), 'Z0077'),
	('do $x$ begin update recon.horizon set last_file_id = 1; set constraints all immediate; end $x$', 'Z0077'),
	('do $x$ begin update recon.horizon set is_replay = false; set constraints all immediate; end $x$', ''),
	('insert into recon.horizon default values', '42501'), ('delete from recon.horizon', '42501'),
	(pg_temp.replay('if (select array_agg(delivery_id) from provider.delivery where superseded_by is null) = ''{1}'' then raise using errcode = ''P0077''; end if;'), 'P0077')
	) v (statement, result);
select is((select array_agg(delivery_id order by delivery_id) from provider.delivery where superseded_by is null), array[2]::bigint[], 'nothing of it stays');

-- ---- What a night may drop ----
set session_replication_role = replica;
alter table ledger.pinned_delivery disable trigger user;
insert into ledger.pinned_delivery values (1, 1, 'digest', 1);
reset session_replication_role;
select results_eq($$select * from provider.drop_superseded('2026-10-06Z', 90, 100)$$, $$values (0::bigint, 0::numeric)$$, 'nothing that is not old enough');
select results_eq($$select * from provider.drop_superseded('2027-10-06Z', 90, 100)$$, $$values (1::bigint, 1::numeric)$$, 'what was superseded long ago');
select is((select array_agg(delivery_id order by delivery_id) from provider.line_fact), array[1, 2]::bigint[], 'but not what a close rests on, nor what is current');
select is(to_regclass('provider.line_2026_10_3'), null, 'a bill''s own partition goes');

select * from finish();
rollback;
