-- The close as each role: what is allowed works, everything else is refused; and what somebody writes past the functions is found.
\set QUIET on
\set ON_ERROR_STOP on
begin;
create extension if not exists pgtap;
select no_plan();
\i sql/close/roles.sql
\i sql/close/roles.sql

create role loader login in role closebook_loader;
create role prep login in role closebook_preparer;
create role sign login in role closebook_signer;
create role appr login in role closebook_approver;
create role appr2 login in role closebook_approver;
create role prepappr login in role closebook_preparer, closebook_approver;
create role aud login in role closebook_auditor;
create role gate login in role gateway_writer;
create role stranger login;

\i tests/sql/as_login.sql
create function pg_temp.allowed(login text, query text) returns text
language plpgsql as $$
declare
	got text := pg_temp.as_login(login, query);
begin
	return ok(got !~ '^[0-9A-Z]{5}: ', login || ' may ' || query) || case when got ~ '^[0-9A-Z]{5}: ' then E'\n# ' || got else '' end;
end $$;
create function pg_temp.refused(login text, query text, pattern text) returns text
language plpgsql as $$
declare
	got text := pg_temp.as_login(login, query);
begin
	return ok(got ~ pattern, login || ' may not ' || query) || case when got ~ pattern then '' else E'\n# ' || got end;
end $$;

insert into ref.business_unit values ('a', 'A', 'CC-A', '6410', '', 'sign', null, null, '2026-01-01', 'infinity'),
                                     ('b', 'B', 'CC-B', '6420', '', 'nobody', null, null, '2026-01-01', 'infinity'),
                                     ('c', 'C', 'CC-C', '6430', '', '', null, null, '2026-01-01', 'infinity');
insert into ref.account values ('clearing', '2150'), ('suspense', '2999');
create table provider.line_close_test partition of provider.line_fact default;
create function pg_temp.month(period text, delivery bigint, cost numeric) returns void
language sql as $$
	insert into provider.delivery (delivery_id, source, source_type, dataset, payer, bucket_start, bucket_end, period, label, line_count, cost,
	                               digest, has_request_ids, has_other_lines, has_cost, providers, loaded_at)
	values (delivery, 's', 'usage-csv', 'd', '', ref.period_start(period), ref.period_end(period), period, '', 1, cost, 'digest', false, true, true, '{mistral}',
	        now() - interval '1 hour');
	insert into recon.result values (period, 'result-' || period, now(), cost, '[]', '', now(), now());
	insert into provider.line_fact values ('#' || delivery, delivery, delivery, 1, 1, 16, period, ref.period_start(period), ref.period_end(period), 1, cost);
	insert into provider.line_attribute (file_id, attribute_no, provider, charge_type, has_request_id, currency, net_cost_missing)
	values (delivery, 1, 'mistral', 'usage', false, 'USD', false);
	insert into provider.line_sum values (delivery, delivery, 1, period, ref.period_start(period), ref.period_end(period), true, 1, cost, 1);
	insert into recon.posting (period, step, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class, charge_type, usage_billed)
	select period, 'owner', 'mistral', u, '', '', '', '', '', '', '', 'usage', x
	  from (values ('a', cost * 0.5), ('b', cost * 0.3), ('unattributed', cost * 0.2)) v (u, x);
	insert into recon.variance
	select period, u, 0, x, x, null, t, s, 0, 0, 0, 0, x, 0, 0, 0, x
	  from (values ('a', cost * 0.5, 1, 'breach'), ('b', cost * 0.3, 500, 'within'), ('unattributed', cost * 0.2, 1, 'breach')) v (u, x, t, s);
$$;

create function pg_temp.record_inputs() returns void
language sql as $$
	insert into recon.result_input select r.period, r.as_of, '{}', 'v', n.* from recon.result r cross join lateral recon.inputs_now(r.period) n
	    on conflict (period) do nothing;
$$;

select pg_temp.month('2026-10', 1, 100.005), pg_temp.month('2026-11', 2, 10);
select is((select array_agg(what) from close.waiting('2026-10') where code = 'not_reconciled'), array['what 2026-10 was computed of is not recorded'],
	'a month is frozen as it was computed');
select pg_temp.record_inputs();

-- ---- Nobody writes past the functions ----
select pg_temp.refused(login, format(action, name), '^(42501|Z0077)')
  from unnest(array['loader', 'prep', 'sign', 'appr', 'aud', 'gate', 'stranger']) login,
       unnest(array['counter', 'entry', 'period_step', 'pinned_delivery', 'pinned_cell', 'pinned_input', 'pinned_correction', 'sign_off', 'waiver', 'adjustment', 'adjustment_step']) name,
       unnest(array['insert into ledger.%I select * from ledger.%1$I limit 0', 'update ledger.%I set period = period', 'delete from ledger.%I', 'truncate ledger.%I cascade']) action
 where name not in ('counter', 'pinned_delivery', 'pinned_cell') or action !~ 'update';
select pg_temp.refused('loader', 'update ledger.journal set memo = memo', '^42501');
select pg_temp.refused('loader', 'truncate ledger.journal cascade', '^42501');
select pg_temp.allowed('loader', $$with j as (insert into ledger.journal (journal_id, period, kind, posting_date, draft, currency, memo)
	values ('CB-2026-10-A-DRAFT', '2026-10', 'accrual', '2026-10-31', true, 'USD', '') returning 1) select * from j$$);
select pg_temp.refused('prep', $$select close.issue_accrual('2026-10')$$, '^Z0077: the draft accrual of 2026-10 is not what');
select pg_temp.allowed('loader', $$with l as (insert into ledger.journal_line (journal_id, line, provider, account, cost_center, business_unit, debit, credit, memo)
	select 'CB-2026-10-A-DRAFT', l.line, l.provider, l.account, l.cost_center, l.business_unit, l.debit, l.credit, l.memo
	  from (select coalesce(array_agg(c::ledger.cell), '{}') as cells from ledger.debit_cells('2026-10', true) c) d
	 cross join lateral ledger.lines_of('2026-10', d.cells, ledger.accounts()) l returning 1) select count(*) from l$$);
select pg_temp.refused('loader', $$insert into ledger.journal (journal_id, period, kind, posting_date, draft, currency, memo)
	values ('X-DRAFT', '2026-10', 'reversal', '2026-10-31', true, 'USD', '')$$, '^23514');
select pg_temp.refused('loader', $$insert into ledger.journal (journal_id, period, kind, posting_date, draft, currency, memo, entry_no)
	values ('CB-2026-10-F-0001', '2026-10', 'final', '2026-10-31', false, 'USD', '', 1)$$, '^Z0077');
select pg_temp.refused(login, 'select count(*) from ledger.entry', '^42501') from unnest(array['gate', 'stranger']) login;
select pg_temp.refused('gate', 'select count(*) from gateway.event', '^42501');
select pg_temp.allowed('gate', $$with e as (insert into gateway.event (request_id, "timestamp", provider) values ('r', '2026-10-01Z', 'mistral') returning 1) select * from e$$);
select pg_temp.refused(login, $$delete from gateway.event$$, '^42501') from unnest(array['gate', 'prep', 'sign', 'appr', 'aud']) login;
select pg_temp.refused(login, $$delete from provider.line_fact$$, '^42501') from unnest(array['gate', 'prep', 'sign', 'appr', 'aud']) login;
select pg_temp.refused(login, $$update recon.variance set status = 'within'$$, '^42501') from unnest(array['gate', 'prep', 'sign', 'appr', 'aud']) login;
select pg_temp.refused('aud', format('select close.%s', call), '^42501')
  from unnest(array['seal(1)', 'next_number(''entry'')', 'append_step(''2026-10'', ''post'', '''')', 'write_journal(''2026-10'', ''final'', ''F'', ''2026-10-31'', '''', null)',
                    'freeze(''2026-10'', '''')', 'approve(''2026-10'', '''')', 'post(''2026-10'', ''period_end'')', 'unfreeze(''2026-10'', ''x'')',
                    'waive(''2026-10'', ''x'', ''x'')', 'issue_accrual(''2026-10'')', 'sign_off(''2026-10'', ''a'', ''rate'', ''x'')',
                    'adjust_propose(''2026-10'', null, ''a'', ''b'', 1, ''x'', ''x'')', 'adjust_decide(''x'', ''approve'', ''x'')']) call;
select pg_temp.refused('stranger', 'select count(*) from close.check_period(''2026-10'')', '^42501');
select is((select string_agg(p.proname, ' ') from pg_proc p where p.pronamespace = 'close'::regnamespace
              and (p.proconfig is null or not 'search_path=pg_catalog, pg_temp' = any (p.proconfig))), null, 'every function of the close pins its search_path');
select is((select string_agg(tgname || ' ' || tgrelid::regclass, ', ') from pg_trigger t join pg_class c on c.oid = t.tgrelid
            where c.relnamespace = 'ledger'::regnamespace and not tgisinternal and tgenabled <> 'A'), null, 'every trigger of the ledger fires always');

-- ---- A month, step by step ----
select results_eq($$select code from close.check_period('2026-10')$$, array['unsigned_variance', 'unsigned_variance'], 'two breaches are in the way');
savepoint more;
-- A file that was refused in its month and again in the next, where the exception now is; and one of another year.
insert into ops.rejected_file
select n, 's', 'in/' || name, 'd', 'control_total_mismatch', 0, 'lines add up to 3', day::timestamptz, clock_timestamp()
  from (values (1, 'bill.csv', '2026-10-28Z'), (2, 'bill.csv', '2026-11-02Z'), (3, 'new.csv', '2026-11-03Z'), (4, 'old.csv', '2025-01-01Z')) v (n, name, day);
select results_eq($$select what, blocks, can_be_waived from close.check_period('2026-10') where code = 'control_total_mismatch' order by 1$$,
	$$values ('bill.csv: lines add up to 3', 'freeze', true), ('new.csv: lines add up to 3', 'freeze', true)$$, 'a file that was refused may hold what the month lacks');
update provider.delivery set providers = '{cohere,mistral}' where period = '2026-10';
select is((select what from close.check_period('2026-11') where code = 'missing_delivery'), 'cohere was billed in 2026-10, and has no bill', 'a bill that never came is missing');
insert into recon.exception (exception_id, period, class, code, severity, business_unit, team_id, service, provider, model, request_id, count, amount_usd, detail, owner)
values ('e1', '2026-10', 'pricing', 'unmapped_model', 'warning', 'unattributed', '', '', 'mistral', 'odd', 'r', 12, 3, '', '');
select is((select what from close.check_period('2026-10') where code = 'unmapped_model'), '12 × unmapped_model mistral odd, 3.00 USD', 'what is waived is one matter, of one amount');
rollback to more;
select pg_temp.refused('prep', $$select close.freeze('2026-13', '')$$, '^Z0064');
select ok((select can_be_waived from close.check_period('2026-11') where code = 'earlier_period'), 'the books begin where an approver says, while no month is posted');
select pg_temp.refused('prep', $$select close.freeze(null, '')$$, '^Z0064');
select pg_temp.refused('prep', $$select close.freeze('2026-11', '')$$, '^Z0077: 2026-11 cannot be frozen: 2026-10 has bills');
select pg_temp.refused(login, $$select close.freeze('2026-10', '')$$, '^42501') from unnest(array['appr', 'sign', 'loader']) login;
select pg_temp.refused('appr', $$select close.approve('2026-10', '')$$, '^Z0077: 2026-10 is open');
select pg_temp.allowed('prep', $$select close.issue_accrual('2026-10')$$);
select ok(not (select can_be_waived from close.check_period('2026-11') where code = 'earlier_period'), 'a month that was begun is in them');
-- (What the gateway wrote above is rolled up.)
select pg_temp.refused('prepappr', $$select close.freeze('2026-10', '')$$, 'events of 2026-10 were written after');
update recon.rollup_state set snapshot = format('%s:%1$s:', txid_current() + 1000)::pg_snapshot;
select pg_temp.allowed('prepappr', $$select close.freeze('2026-10', '')$$);
select pg_temp.refused('loader', $$with j as (insert into ledger.journal (journal_id, period, kind, posting_date, draft, currency, memo)
	values ('CB-2026-10-X-DRAFT', '2026-10', 'final', '2026-10-31', true, 'USD', '') returning 1) select * from j$$, '^Z0077');
select pg_temp.refused('sign', $$select close.sign_off('2026-10', 'b', 'rate', 'x')$$, '^Z0077: b is signed off by');
select pg_temp.refused('sign', $$select close.sign_off('2026-10', 'c', 'rate', 'x')$$, '^Z0077: c is signed off by');
select pg_temp.refused('sign', $$select close.sign_off('2026-10', 'unattributed', 'rate', 'x')$$, '^Z0077: sign is no');
select pg_temp.refused('appr', $$select close.sign_off('2026-10', 'a', 'rate', 'x')$$, '^Z0077');
select pg_temp.refused('sign', $$select close.sign_off('2026-10', 'a', 'rate', ' ')$$, '^Z0064: a reason is needed');
select pg_temp.refused('appr', $$select close.approve('2026-10', '')$$, '^Z0077.*unsigned_variance');
select pg_temp.allowed('sign', $$select close.sign_off('2026-10', 'a', 'rate', 'dearer')$$);
select pg_temp.allowed('appr', $$select close.sign_off('2026-10', 'unattributed', 'other', 'new key')$$);
select is_empty($$select * from close.check_period('2026-10')$$, 'nothing is in the way');
update recon.variance set variance_usd = variance_usd + 1 where period = '2026-10' and business_unit = 'a';
select results_eq($$select code from close.check_period('2026-10')$$, array['unsigned_variance'], 'a changed amount voids the sign-off');
update recon.variance set variance_usd = variance_usd - 1 where period = '2026-10' and business_unit = 'a';
select is_empty($$select * from close.check_period('2026-10')$$, 'the same amount again is signed');

select pg_temp.refused('prep', format('select close.adjust_propose(''2026-10'', null, %s)', arguments), '^Z0064')
  from unnest(array['''a'', ''a'', 1, ''x'', ''x''', '''a'', ''b'', -1, ''x'', ''x''', '''a'', ''b'', 0.001, ''x'', ''x''', '''a'', ''z'', 1, ''x'', ''x''',
                    '''a'', ''b'', 1, '''', ''x''', '''a'', ''b'', 1, ''x'', ''''', '''a'', ''b'', null, ''x'', ''x''', '''a'', ''b'', ''NaN'', ''x'', ''x''']) arguments;
select is(pg_temp.as_login('prepappr', $$select close.adjust_propose('2026-10', null, 'a', 'b', 10, 'shared', 'T-1')$$), 'ADJ-2026-10-0001', 'an adjustment');
select pg_temp.refused('prepappr', $$select close.adjust_decide('ADJ-2026-10-0001', 'approve', '')$$, '^Z0077.*somebody else');
select pg_temp.refused('prepappr', $$select close.adjust_decide('ADJ-2026-10-0001', 'reject', 'x')$$, '^Z0077.*somebody else');
select pg_temp.refused('prep', $$select close.adjust_decide('ADJ-2026-10-0001', 'approve', '')$$, '^Z0077: prep is no');
select pg_temp.refused('prep', $$select close.adjust_decide('ADJ-2026-10-0001', 'withdraw', 'x')$$, '^Z0077.*only they');
select pg_temp.refused('appr', $$select close.adjust_decide('ADJ-2026-10-0001', 'erase', 'x')$$, '^(23514|Z0064)');
select pg_temp.refused('appr', $$select close.approve('2026-10', '')$$, '^Z0077.*open_adjustment');
select pg_temp.allowed('appr', $$select close.adjust_decide('ADJ-2026-10-0001', 'approve', '')$$);
select pg_temp.refused('appr2', $$select close.adjust_decide('ADJ-2026-10-0001', 'reject', 'x')$$, '^Z0077.*approved');
select pg_temp.refused('prepappr', $$select close.approve('2026-10', '')$$, '^Z0077: prepappr froze');
select pg_temp.refused('prep', $$select close.post('2026-10', 'period_end')$$, '^Z0077: 2026-10 is frozen');
update recon.posting set usage_billed = usage_billed + 1 where period = '2026-10' and business_unit = 'a';
select pg_temp.refused('appr', $$select close.approve('2026-10', '')$$, '^Z0077: the results of 2026-10 are not');
update recon.posting set usage_billed = usage_billed - 1 where period = '2026-10' and business_unit = 'a';
select pg_temp.allowed('appr', $$select close.approve('2026-10', '')$$);
select pg_temp.refused('prep', $$select close.unfreeze('2026-10', 'x')$$, '^Z0077: 2026-10 is approved');
select pg_temp.refused('sign', $$select close.post('2026-10', 'period_end')$$, '^42501');
select is(pg_temp.as_login('prep', $$select close.post('2026-10', 'period_end')$$), 'CB-2026-10-F-0001', 'posted');
select results_eq($$select business_unit, debit, credit from ledger.journal_line where journal_id = 'CB-2026-10-F-0001' order by line$$,
	$$values ('a', 50.01, 0.00), ('b', 30.00, 0.00), ('unattributed', 20.00, 0.00), ('', 0.00, 100.01), ('b', 10.00, 0.00), ('a', 0.00, 10.00)$$,
	'cents by largest remainder, then the adjustment');
select results_eq($$select kind, posting_date from ledger.journal where period = '2026-10' order by entry_no$$,
	$$values ('accrual', date '2026-10-31'), ('reversal', '2026-10-31'), ('final', '2026-10-31')$$, 'the accrual is reversed, drafts are gone');

-- ---- Locked for good ----
set constraints all immediate;
-- Months close in order, and when they are over.
insert into recon.result values ('2026-09', 'result', now(), 0, '[]', '', now(), now()), ('2099-01', 'result', now(), 0, '[]', '', now(), now());
select pg_temp.record_inputs();
select pg_temp.refused('prep', $$select close.freeze('2026-09', '')$$, '^Z0077: 2026-09 cannot be frozen: 2026-10 is posted .later_period');
select ok('period_not_ended' in (select code from close.check_period('2099-01')), 'a month to come is not closed');
-- A waiver may have a last day.
savepoint waived;
set constraints all deferred;
insert into recon.accrual_estimate (period, provider, business_unit, team_id, events, amount_usd) values ('2026-11', 'mistral', 'a', '', 3, 5);
select pg_temp.refused('appr', $$select close.waive('2026-11', 'not_billed_yet', 'x', '2020-01-01')$$, '^Z0064: 2020-01-01 is over');
select pg_temp.allowed('appr', $$select close.waive('2026-11', 'not_billed_yet', 'x', ref.utc_date(clock_timestamp()))$$);
select ok('not_billed_yet' not in (select code from close.check_period('2026-11')), 'until its end it is accepted');
set constraints all immediate;
alter table ledger.waiver disable trigger all;
update ledger.waiver set valid_until = '2020-01-01';
select is((select count(*)::int from close.check_period('2026-11') where code in ('not_billed_yet', 'override_expired')), 2, 'then it is back, and says why');
savepoint own;
alter table ledger.waiver enable trigger all;
set constraints all deferred;
select pg_temp.allowed('prepappr', $$select close.waive('2026-11', 'not_billed_yet', 'x', null)$$);
select pg_temp.refused('prepappr', $$select close.freeze('2026-11', '')$$, '^Z0077: prepappr waived what stood in the way');
rollback to own;
update recon.accrual_estimate set events = 4 where period = '2026-11';
select results_eq($$select code from close.check_period('2026-11') where code in ('not_billed_yet', 'override_expired')$$, array['not_billed_yet'],
	'what stands there now is another matter, that was never waived');
rollback to waived;
select pg_temp.refused('prep', $$select close.post('2026-10', 'period_end')$$, '^Z0077: 2026-10 is posted');
select pg_temp.refused('prep', $$select close.post('2026-11', '1 April')$$, '^Z0064: a final journal is dated period_end or next_period_start');
select pg_temp.refused('prep', format('select close.%s', call), '^Z0077: 2026-10 is posted')
  from unnest(array['freeze(''2026-10'', '''')', 'unfreeze(''2026-10'', ''x'')', 'issue_accrual(''2026-10'')', 'adjust_propose(''2026-10'', null, ''a'', ''b'', 1, ''x'', ''x'')']) call;
select pg_temp.refused('loader', $$with j as (insert into ledger.journal (journal_id, period, kind, posting_date, draft, currency, memo)
	values ('CB-2026-10-A-DRAFT', '2026-10', 'accrual', '2026-10-31', true, 'USD', '') returning 1) select * from j$$, '^Z0077.*2026-10 is posted');
select pg_temp.refused('loader', $$with x as (delete from ledger.journal where not draft returning 1) select count(*) from x$$, '^Z0077');
select pg_temp.refused('loader', $$with x as (delete from ledger.journal_line returning 1) select count(*) from x$$, '^Z0077');
select pg_temp.refused('closebook_owner', format(action, name), '^Z0077')
  from unnest(array['counter', 'entry', 'period_step', 'pinned_delivery', 'pinned_cell', 'pinned_input', 'pinned_correction', 'sign_off', 'adjustment', 'adjustment_step', 'journal', 'journal_line']) name,
       unnest(array['delete from ledger.%I', 'truncate ledger.%I cascade']) action;
select pg_temp.refused('closebook_owner', $$insert into ledger.journal_line values ('CB-2026-10-F-0001', 99, 'mistral', 'x', '', 'a', 1, 0, '')$$, '^Z0077');
select pg_temp.refused('closebook_owner', $$insert into ledger.pinned_cell select entry_no, 'x', 'x', 'x', 'x', 1 from ledger.pinned_cell limit 1$$, '^Z0077');
select pg_temp.refused('closebook_owner', $$update ledger.counter set value = value - 1$$, '^Z0077');
set session_replication_role = replica;
select throws_ok($$update ledger.journal_line set debit = debit$$, 'Z0077', null, 'replica mode skips no trigger');
select throws_ok($$truncate ledger.entry cascade$$, 'Z0077', null, 'nor for truncate');
reset session_replication_role;
set constraints all deferred;
select pg_temp.allowed('prep', $$select close.freeze('2026-11', '')$$);
select pg_temp.allowed('prep', $$select close.unfreeze('2026-11', 'mistake')$$);
select is(ledger.period_state('2026-11'), 'open', 'a month that is not approved can be opened again');

-- ---- Proof: a superuser switches the triggers off, and is found ----
select is_empty($$select * from close.breaks()$$, 'the chain holds');
select is_empty($$select * from close.differences('2026-10')$$, 'what was posted is what was pinned');
select is((select array_agg(pg_temp.as_login('aud', format('select count(*) from close.%s', f)) order by f) from unnest(array['breaks()', 'differences(''2026-10'')']) f),
	array['0', '0'], 'an auditor proves it');
set timezone = 'Pacific/Auckland';
select is_empty($$select * from close.breaks()$$, 'in any time zone');
reset timezone;

create function pg_temp.tamper(statement text, entry bigint, pattern text) returns text
language plpgsql
as $$
declare
	found record;
	name text;
begin
	begin
		foreach name in array array['counter', 'entry', 'period_step', 'pinned_delivery', 'pinned_cell', 'pinned_input', 'pinned_correction', 'sign_off', 'waiver', 'adjustment', 'adjustment_step', 'journal', 'journal_line'] loop
			execute format('alter table ledger.%I disable trigger user', name);
		end loop;
		set local session_replication_role = replica;
		execute statement;
		select * into found from close.breaks() limit 1;
		raise exception using errcode = 'P9999';
	exception when sqlstate 'P9999' then
		null;
	end;
	return is(found.entry_no, entry, statement || ': found at entry ' || entry) || E'\n' || matches(found.what, pattern, 'and named');
end $$;
set constraints all immediate;
create temporary table at as
select kind, min(entry_no) as first, max(entry_no) as last from ledger.entry group by kind
union all select 'all', min(entry_no), max(entry_no) from ledger.entry
union all select 'freeze', min(entry_no), max(entry_no) from ledger.period_step where step = 'freeze';
grant select on at to public;
select pg_temp.tamper($$update ledger.entry set login = 'prep' where entry_no = 3$$, 3, 'was changed');
select pg_temp.tamper($$update ledger.entry set content = '{}', hash = ledger.entry_hash((entry_no, previous, kind, period, '{}', login, at, '')::ledger.entry) where entry_no = 3$$, 3, 'what it recorded');
select pg_temp.tamper($$delete from ledger.entry where entry_no = 4$$, 4, 'is missing');
select pg_temp.tamper($$delete from ledger.entry where entry_no = 1$$, 1, 'is missing');
select pg_temp.tamper($$delete from ledger.entry where entry_no = (select max(entry_no) from ledger.entry)$$, last, 'stands under it') from at where kind = 'all';
select pg_temp.tamper($$with e as (delete from ledger.entry where entry_no = (select max(entry_no) from ledger.entry) returning entry_no)
	delete from ledger.period_step where entry_no in (select entry_no from e)$$, last, 'is missing') from at where kind = 'all';
select pg_temp.tamper($$update ledger.period_step set reason = 'other' where step = 'freeze' and period = '2026-10'$$, first, 'changed') from at where kind = 'freeze';
select pg_temp.tamper($$update ledger.pinned_cell set amount = amount + 1 where business_unit = 'a'$$, first, 'changed') from at where kind = 'freeze';
select pg_temp.tamper($$delete from ledger.pinned_delivery$$, first, 'changed') from at where kind = 'freeze';
select pg_temp.tamper($$update ledger.sign_off set variance_usd = 0$$, first, 'changed') from at where kind = 'sign_off';
select pg_temp.tamper($$update ledger.adjustment set amount = 99$$, first, 'changed') from at where kind = 'adjustment';
select pg_temp.tamper($$update ledger.adjustment_step set step = 'reject'$$, first, 'changed') from at where kind = 'adjustment_step';
select pg_temp.tamper($$delete from ledger.adjustment_step$$, first, 'removed') from at where kind = 'adjustment_step';
select pg_temp.tamper($$update ledger.journal set memo = 'x' where kind = 'final'$$, last, 'changed') from at where kind = 'journal';
select pg_temp.tamper($$update ledger.journal_line set debit = debit + 1 where journal_id = 'CB-2026-10-F-0001' and debit > 0$$, last, 'changed') from at where kind = 'journal';
select pg_temp.tamper($$insert into ledger.waiver values (99, '2026-11', 'x', 'x', 'x')$$, 99, 'stands under it');
select pg_temp.tamper($$update ledger.counter set value = 7 where name = 'CB-2026-10-F'$$, last, 'journals CB-2026-10-F: counted 7') from at where kind = 'journal';
select pg_temp.tamper($$update ledger.counter set value = value + 1 where name = 'entry'$$, last + 1, 'is missing') from at where kind = 'all';

-- A chain that was made anew from end to end still differs from what a month is recomputed to.
alter table ledger.journal_line disable trigger user;
update ledger.journal_line set debit = debit + 1 where journal_id = 'CB-2026-10-F-0001' and line = 2;
select results_eq($$select line, what from close.differences('2026-10')$$,
	$$values (2::bigint, 'booked mistral b CC-B 6420 31.00 0.00, recomputed mistral b CC-B 6420 30.00 0.00')$$, 'the line is named');
update ledger.journal_line set debit = debit - 1 where journal_id = 'CB-2026-10-F-0001' and line = 2;
update provider.line_fact set cost = cost + 1 where delivery_id = 1;
select matches((select what from close.differences('2026-10')), '^delivery 1: pinned', 'so is a delivery whose lines are not what they were');

select * from finish();
rollback;
