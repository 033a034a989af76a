-- Corrections: cents by stage and cause, what is booked of a month, what a freeze pins of it, and that nobody writes it himself.
\set QUIET on
\set ON_ERROR_STOP on
begin;
create extension if not exists pgtap;
select no_plan();
\i sql/close/roles.sql
create role loader login in role closebook_loader;
create role prep login in role closebook_preparer;
create role appr login in role closebook_approver;
create role aud login in role closebook_auditor;

\i tests/sql/as_login.sql

insert into ref.business_unit values ('a', 'A', 'CC-A', '6410', '', '', null, null, '2026-01-01', 'infinity'),
                                     ('b', 'B', 'CC-B', '6420', '', '', null, null, '2026-01-01', 'infinity');
insert into ref.account values ('clearing', '2150'), ('clearing:x', '2160'), ('suspense', '2999');

create table provider.line_correction_test partition of provider.line_fact default;

-- A month's results and what they rest on, as reconcile would leave them: a fraction a to `a`, the rest to `b`.
create function pg_temp.month(period text, provider text, a numeric, b numeric) returns void
language sql as $$
	insert into provider.delivery (delivery_id, source, source_type, dataset, payer, bucket_start, bucket_end, period, label, line_count, cost, digest,
	                               has_request_ids, has_other_lines, has_cost, providers, loaded_at)
	select coalesce(max(delivery_id), 0) + 1, 's', 'usage-csv', month.provider, '', ref.period_start(month.period), ref.period_end(month.period), month.period, '', 1, month.a + month.b, 'digest', false, true,
	       true, array[month.provider], now() - interval '1 hour' from provider.delivery;
	insert into provider.line_fact select '#' || d.id, d.id, d.id, 1, 1, 16, month.period, ref.period_start(month.period), ref.period_end(month.period), 1, month.a + month.b
	  from (select max(delivery_id) as id from provider.delivery) d;
	insert into provider.line_attribute (file_id, attribute_no, provider, charge_type, has_request_id, currency, net_cost_missing)
	select max(delivery_id), 1, month.provider, 'usage', false, 'USD', false from provider.delivery;
	insert into provider.line_sum
	select d.id, d.id, 1, month.period, ref.period_start(month.period), ref.period_end(month.period), true, 1, month.a + month.b, 1
	  from (select max(delivery_id) as id from provider.delivery) d;
	insert into recon.posting (period, step, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class, charge_type, usage_billed)
	select period, 'owner', provider, u, '', '', '', '', '', '', '', 'usage', x from (values ('a', a), ('b', b)) v (u, x);
$$;
create function pg_temp.reconciled(period text) returns void
language sql as $$
	delete from recon.variance v where v.period = reconciled.period;
	delete from recon.result r where r.period = reconciled.period;
	insert into recon.variance
	select p.period, p.business_unit, 0, sum(usage_billed), sum(usage_billed), null, 9999, 'within', 0, 0, 0, 0, sum(usage_billed), 0, 0, 0, sum(usage_billed)
	  from recon.posting p where p.period = reconciled.period group by p.period, p.business_unit;
	insert into recon.result
	select reconciled.period, 'result', now(), sum(usage_billed), '[]', '', now(), now() from recon.posting p where p.period = reconciled.period;
	insert into recon.result_input select reconciled.period, now(), '{}', 'v', n.* from recon.inputs_now(reconciled.period) n
	    on conflict (period) do update set last_delivery_id = excluded.last_delivery_id, line_digest = excluded.line_digest;
$$;
create function pg_temp.post(period text) returns text
language sql as $$
	select string_agg(pg_temp.as_login(login, query), ' ' order by n)
	  from (values (1, 'prep', format('select close.freeze(%L, '''')', period)), (2, 'appr', format('select close.approve(%L, '''')', period)),
	               (3, 'prep', format('select close.post(%L, ''period_end'')', period))) s (n, login, query)
$$;
-- The file that makes corrections of stages, with settings in place of its parameters.
\set correction `sed -e "s/\$1/current_setting('test.period')/g" -e "s/\$2/current_setting('test.stages')::jsonb/g" sql/replay/correction.sql`

-- October: two providers, thirds of cents.
select pg_temp.month('2026-10', 'x', 10.004, 5.003), pg_temp.month('2026-10', 'y', 1, 2), pg_temp.reconciled('2026-10');
select matches(pg_temp.post('2026-10'), 'CB-2026-10-F-0001$', 'October is posted');
select results_eq($$select provider, business_unit, amount from ledger.booked('2026-10', 999) order by 1, 2$$,
	$$values ('x', 'a', 10.01), ('x', 'b', 5.00), ('y', 'a', 1.00), ('y', 'b', 2.00)$$, 'what is booked of it, in cents');
select is((select count(*)::int from ledger.pinned_input where period = '2026-10'), 1, 'its freeze pinned what it rests on');
select is_empty($$select * from close.waiting('2026-11')$$, 'nothing waits');

-- Something comes.
insert into provider.delivery (delivery_id, source, source_type, dataset, payer, bucket_start, bucket_end, period, label, line_count, cost, digest,
                               has_request_ids, has_other_lines, has_cost, providers)
values (9, 's', 'usage-csv', 'late', '', '2026-10-05Z', '2026-10-06Z', '2026-10', '', 1, 2, 'late', false, true, true, '{x}');
insert into provider.line_attribute (file_id, attribute_no, provider, charge_type, has_request_id, currency, net_cost_missing)
values (9, 1, 'x', 'usage', false, 'USD', false), (9, 2, 'y', 'usage', false, 'USD', false);
insert into provider.line_sum values (9, 9, 1, '2026-10', '2026-10-05Z', '2026-10-06Z', true, 1, 1.501, 1), (9, 9, 2, '2026-10', '2026-10-05Z', '2026-10-06Z', true, 1, -3, 1);
select results_eq($$select code, blocks from close.waiting('2026-11')$$, $$values ('not_reprocessed', 'freeze')$$, 'a late delivery must be reprocessed');
select pg_temp.month('2026-11', 'x', 7, 7), pg_temp.reconciled('2026-11');
select matches(pg_temp.as_login('prep', $$select close.freeze('2026-11', '')$$), '^Z0077: 2026-11 cannot be frozen: 2026-10 is posted, and has changed', 'before that no month is frozen');

-- Stages: late events move 1 from a to b, late lines add 2.001 to b, credits take 0.5 from a; y goes to nothing with reference data.
select set_config('test.period', '2026-10', true), set_config('test.stages', '{"stages": [
	{"cause": "late_event", "cells": [{"provider": "x", "business_unit": "a", "cost_center": "CC-A", "account": "6410", "amount": 9.004, "charged": 9.004, "credit": 0, "charged_credit": 0},
	                                  {"provider": "x", "business_unit": "b", "cost_center": "CC-B", "account": "6420", "amount": 6.003, "charged": 6.003, "credit": 0, "charged_credit": 0},
	                                  {"provider": "y", "business_unit": "a", "cost_center": "CC-A", "account": "6410", "amount": 1, "charged": 1, "credit": 0, "charged_credit": 0},
	                                  {"provider": "y", "business_unit": "b", "cost_center": "CC-B", "account": "6420", "amount": 2, "charged": 2, "credit": 0, "charged_credit": 0}]},
	{"cause": "late_line", "cells": [{"provider": "x", "business_unit": "a", "cost_center": "CC-A", "account": "6410", "amount": 8.504, "charged": 8.504, "credit": -0.5, "charged_credit": -0.5},
	                                 {"provider": "x", "business_unit": "b", "cost_center": "CC-B", "account": "6420", "amount": 8.004, "charged": 8.004, "credit": 0, "charged_credit": 0},
	                                 {"provider": "y", "business_unit": "a", "cost_center": "CC-A", "account": "6410", "amount": 1, "charged": 1, "credit": 0, "charged_credit": 0},
	                                 {"provider": "y", "business_unit": "b", "cost_center": "CC-B", "account": "6420", "amount": 2, "charged": 2, "credit": 0, "charged_credit": 0}]},
	{"cause": "reference_data", "cells": [{"provider": "x", "business_unit": "a", "cost_center": "CC-A", "account": "6410", "amount": 8.504, "charged": 8.504, "credit": -0.5, "charged_credit": -0.5},
	                                      {"provider": "x", "business_unit": "b", "cost_center": "CC-B", "account": "6420", "amount": 8.004, "charged": 8.004, "credit": 0, "charged_credit": 0}]}]}', true) \gset
:correction
select results_eq($$select cause, provider, business_unit, posted, reprocessed, amount from recon.correction where period = '2026-10' order by cause, provider, business_unit$$,
	$$values ('credit', 'x', 'a', 9.01, 8.51, -0.50), ('late_event', 'x', 'a', 10.01, 9.01, -1.00), ('late_event', 'x', 'b', 5.00, 6.00, 1.00),
	         ('late_line', 'x', 'b', 6.00, 8.00, 2.00), ('reference_data', 'y', 'a', 1.00, 0, -1.00), ('reference_data', 'y', 'b', 2.00, 0, -2.00)$$,
	'each stage is rounded as a whole, and takes up where the one before ended');
select throws_ok($$insert into recon.correction values ('2026-10', 'late_line', 'x', 'c', '', '', 1, 2, 3)$$, '23514', null, 'a difference is one');
select pg_temp.reconciled('2026-10');
select is_empty($$select * from close.waiting('2026-11')$$, 'reprocessed, it stands in nobody''s way');
select is((select sum(amount) from recon.correction c join ledger.waiting_period using (period)), -1.50, 'and waits');
savepoint erased;
delete from recon.correction where provider = 'y';
select matches(pg_temp.as_login('prep', $$select close.freeze('2026-11', '')$$), '2026-10, y: .* differ by -3.00, its corrections come to 0', 'corrections that do not come to what the lines do are not pinned');
rollback to erased;
savepoint changed;
update ref.account set account = '9999' where role = 'clearing';
insert into ops.refdata (refdata_id, digest, price_digest, files) values (1, 'what was applied', '', '{}');
select ok('refdata_changed' in (select code from close.waiting('2026-11')), 'nor is reference data that nobody applied');
rollback to changed;
savepoint unreadable;
insert into provider.line_attribute (file_id, attribute_no, provider, charge_type, has_request_id, currency, net_cost_missing) values (9, 3, 'y', 'usage', false, 'CHF', false);
insert into provider.line_sum values (9, 9, 3, '2026-10', '2026-10-05Z', '2026-10-06Z', true, 2, 10000, 1);
insert into ops.file (file_id, source, path, digest, bytes, format, period, rows_read, rows_accepted, rows_quarantined, rows_duplicate, rows_passed_over)
values (99, 's', 'late/events.jsonl', 'd', 1, 'events', '2026-10', 3, 1, 2, 0, 0);
select results_eq($$select code, what, can_be_waived from close.waiting('2026-11') where code in ('currency_unsupported', 'malformed_row') order by 1$$,
	$$values ('currency_unsupported', '2026-10, which is posted: 2 lines in CHF have no rate', false),
	         ('malformed_row', '2026-10, which is posted: 2 rows of events.jsonl could not be read', true)$$, 'what came late and cannot be computed with is told of');
rollback to unreadable;

select doesnt_match(pg_temp.as_login('appr', $$select close.waive('2026-11', 'missing_delivery', 'y is not used any more', null)$$), '^[A-Z0-9]{5}:', 'a provider that has no bill any more');
select matches(pg_temp.post('2026-11'), 'CB-2026-11-F-0001$', 'November is posted');
select results_eq($$select line::int, account, business_unit, debit, credit, l.memo, l.cause from ledger.journal_line l join ledger.journal j using (journal_id)
	                 where kind = 'correction' order by line$$,
	$$values (1, '6410', 'a', 0.00, 0.50, 'x 2026-10 a, credits and refunds', 'credit'), (2, '2160', '', 0.50, 0, 'x 2026-10, credits and refunds', 'credit'),
	         (3, '6410', 'a', 0, 1.00, 'x 2026-10 a, late events', 'late_event'), (4, '6420', 'b', 1.00, 0, 'x 2026-10 b, late events', 'late_event'),
	         (5, '6420', 'b', 2.00, 0, 'x 2026-10 b, late or restated lines', 'late_line'), (6, '2160', '', 0, 2.00, 'x 2026-10, late or restated lines', 'late_line'),
	         (7, '6410', 'a', 0, 1.00, 'y 2026-10 a, reference data', 'reference_data'), (8, '6420', 'b', 0, 2.00, 'y 2026-10 b, reference data', 'reference_data'),
	         (9, '2150', '', 3.00, 0, 'y 2026-10, reference data', 'reference_data')$$, 'its correction balances per provider and cause');
select results_eq($$select journal_id, period, corrects, posting_date from ledger.journal where kind = 'correction'$$,
	$$values ('CB-2026-11-C-0001', '2026-11', '2026-10', date '2026-11-30')$$, 'it is booked in November, of October');
select results_eq($$select provider, business_unit, amount from ledger.booked('2026-10', 999) order by 1, 2$$,
	$$values ('x', 'a', 8.51), ('x', 'b', 8.00)$$, 'October is booked as reprocessed');
select is_empty($$select * from ledger.waiting_period$$, 'nothing waits any more');
select is_empty($$select * from close.breaks()$$, 'the chain holds');
select is_empty($$select * from close.differences('2026-11') where journal_id <> ''$$, 'the final journal is what was pinned');
select is_empty($$select * from close.correction_differences('2026-11')$$, 'so is the correction');
select is(pg_temp.as_login('aud', $$select count(*) from close.correction_differences('2026-11')$$), '0', 'an auditor proves it');

-- ---- Nobody writes past the functions; who does is found ----
select matches(pg_temp.as_login(login, query), '^(42501|Z0077)', login || ' may not ' || query)
  from unnest(array['loader', 'prep', 'appr', 'aud']) login,
       unnest(array['select close.write_corrections(''2026-12'', ''2026-12-31'')', 'select close.pin_inputs(1, ''2026-12'')',
                    'with d as (delete from ledger.pinned_correction returning 1) select * from d', 'with d as (delete from ledger.pinned_input returning 1) select * from d']) query;
select matches(pg_temp.as_login(login, 'with u as (update recon.correction set amount = 0 returning 1) select * from u'), '^42501', login || ' changes no correction')
  from unnest(array['prep', 'appr', 'aud']) login;
set constraints all immediate;
create function pg_temp.tamper(statement text, entry bigint, pattern text) returns text
language plpgsql
as $$
declare
	found record;
	name text;
begin
	begin
		foreach name in array array['pinned_input', 'pinned_correction', 'journal', 'journal_line'] loop
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
create temporary table at as
select (select max(entry_no) from ledger.period_step where step = 'freeze') as pinned, (select entry_no from ledger.journal where kind = 'correction') as journal;
select pg_temp.tamper($$update ledger.pinned_correction set cause = 'price' where cause = 'credit'$$, pinned, 'changed') from at;
select pg_temp.tamper($$delete from ledger.pinned_correction$$, pinned, 'changed') from at;
select pg_temp.tamper($$update ledger.pinned_input set options = '{"residual": "pro_rata"}' where entry_no = (select pinned from at)$$, pinned, 'changed') from at;
select pg_temp.tamper($$delete from ledger.pinned_input where entry_no = (select pinned from at) and period = '2026-10'$$, pinned, 'changed') from at;
select pg_temp.tamper($$update ledger.journal set corrects = '2026-09' where kind = 'correction'$$, journal, 'changed') from at;
select pg_temp.tamper($$update ledger.journal_line set cause = 'price' where cause = 'credit'$$, journal, 'changed') from at;
select pg_temp.tamper($$insert into ledger.pinned_input select 99, i.period, i.as_of, i.options, i.version, i.last_delivery_id, i.last_file_id, i.events, i.refdata_id,
	i.event_digest, i.line_digest, i.price_digest, i.refdata_digest from ledger.pinned_input i limit 1$$, 99, 'stands under it');
alter table ledger.journal_line disable trigger user;
update ledger.journal_line set debit = 2.01 where cause = 'late_line' and business_unit = 'b';
select results_eq($$select journal_id, line, what from close.correction_differences('2026-11')$$,
	$$values ('CB-2026-11-C-0001', 5::bigint, 'booked x b CC-B 6420 2.01 0 late_line, recomputed x b CC-B 6420 2.00 0 late_line')$$, 'a correction''s line is named');

-- ---- What concerns a month of its reference data ----
create temporary table digests as select * from recon.refdata_digests('2026-10');
insert into ref.price values ('later', 'x', 'm', 'input', 'standard', 0, 1, 1, 1, '2026-11-01', 'infinity', 'refdata');
update ref.business_unit set valid_to = '2026-12-01', owner_email = 'new@example.com' where business_unit_id = 'b';
insert into ref.fx values ('2026-11', 'EUR', 1.1);
select results_eq($$select * from recon.refdata_digests('2026-10')$$, $$select * from digests$$, 'what begins or ends later, and who is told, changes nothing in it');
update ref.business_unit set valid_to = '2026-10-20' where business_unit_id = 'b';
select isnt((select refdata_digest from recon.refdata_digests('2026-10')), (select refdata_digest from digests), 'what ends in it does');
insert into ref.price values ('now', 'x', 'm', 'input', 'standard', 0, 1, 1, 1, '2026-10-31', 'infinity', 'refdata');
select isnt((select price_digest from recon.refdata_digests('2026-10')), (select price_digest from digests), 'so does a price of its last day');

select * from finish();
rollback;
