-- What is charged, in cells and journal lines: billed and charged amounts side by side, and recovery between them.
\set QUIET on
\set ON_ERROR_STOP on
begin;
create extension if not exists pgtap;
select plan(14);

create function pg_temp.lines(cells ledger.cell[]) returns table (line integer, provider text, account text, cost_center text, unit text, debit numeric, credit numeric, memo text)
language sql as $$ select * from ledger.lines_of('2026-10', cells, '{"clearing": "2150", "clearing:b": "2151", "recovery": "4900"}') $$;

select results_eq($$select account, unit, debit, credit from pg_temp.lines(array[('a', 'x', 'c', '6410', 10.005, 10.005), ('a', 'y', 'c', '6420', 0.004, 0.004)]::ledger.cell[])$$,
	$$values ('6410', 'x', 10.01, 0.00), ('2150', '', 0.00, 10.01)$$, 'what is billed is charged: no recovery');
select results_eq($$select account, unit, debit, credit, memo from pg_temp.lines(array[('a', 'x', 'c', '6410', 10, 12)]::ledger.cell[])$$,
	$$values ('6410', 'x', 12.00, 0.00, 'a 2026-10 x'), ('2150', '', 0.00, 10.00, 'a 2026-10'), ('4900', '', 0.00, 2.00, 'a 2026-10 recovery')$$, 'more is charged: recovery is credited');
select results_eq($$select account, unit, debit, credit from pg_temp.lines(array[('a', 'x', 'c', '6410', 10, 7.5)]::ledger.cell[])$$,
	$$values ('6410', 'x', 7.50, 0.00), ('2150', '', 0.00, 10.00), ('4900', '', 2.50, 0.00)$$, 'less is charged: recovery is debited');
select results_eq($$select account, unit, debit, credit from pg_temp.lines(array[('b', 'x', 'c', '6410', -50, -60), ('b', 'y', 'c', '6420', 0, 3.335), ('b', 'z', 'c', '6430', 0, 3.335)]::ledger.cell[])$$,
	$$values ('6410', 'x', 0.00, 60.00), ('6420', 'y', 3.34, 0.00), ('6430', 'z', 3.33, 0.00), ('2151', '', 50.00, 0.00), ('4900', '', 3.33, 0.00)$$,
	'credits change sides; cents by largest remainder, ties in byte order');
select results_eq($$select account, unit, debit, credit from pg_temp.lines(array[('a', 'x', 'c', '6410', 0.005, 0.004)]::ledger.cell[])$$,
	$$values ('2150', '', 0.00, 0.01), ('4900', '', 0.01, 0.00)$$, 'the clearing account has what was billed to the cent, whatever is charged');
select is_empty($$select provider from pg_temp.lines(array(select ('p' || n % 3, 'u' || n % 7, 'c' || n % 2, '6410', n * 1.2345 - 70, n * n * 0.10101 - 70)::ledger.cell
                                                             from generate_series(1, 60) n)) group by provider having sum(debit) <> sum(credit)$$, 'every provider balances');

insert into ref.business_unit values ('a', 'A', 'CC-A', '6410', '', '', null, null, '2026-01-01', 'infinity'),
                                     ('b', 'B', 'CC-B', '6420', '', '', null, null, '2026-01-01', 'infinity');
insert into ref.team values ('t', 'b', 'T', 'CC-T', '2026-01-01', 'infinity');
insert into ref.account values ('central', '6999');
insert into recon.posting (period, step, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class, charge_type, usage_billed)
values ('2026-10', 'owner', 'p', 'a', '', '', '', '', '', '', '', 'usage', 70), ('2026-10', 'owner', 'p', 'b', 't', '', '', '', '', '', '', 'usage', 30);
insert into recon.accrual_estimate values ('2026-10', 'p', 'b', 't', 5, 1);
select results_eq($$select business_unit, cost_center, account, amount, charged from ledger.debit_cells('2026-10', false) order by 1, 2$$,
	$$values ('a', 'CC-A', '6410', 70::numeric, 70::numeric), ('b', 'CC-T', '6420', 30, 30)$$, 'without models what is billed is charged');
select results_eq($$select business_unit, amount, charged from ledger.debit_cells('2026-10', true) order by 1$$,
	$$values ('a', 70::numeric, 70::numeric), ('b', 35, 35)$$, 'an accrual has what no bill has reached');

insert into recon.charge values ('2026-10', false, 'reallocated_out', 'p', 'a', '', '', '', '', '', '', '', -70), ('2026-10', false, 'reallocated_in', 'p', 'b', '', '', '', '', '', '', '', 70),
                                ('2026-10', false, 'recovery', 'p', 'b', 't', '', '', '', '', '', '', 6), ('2026-10', true, 'recovery', 'p', 'b', 't', '', '', '', '', '', '', 7);
select results_eq($$select business_unit, cost_center, amount, charged from ledger.debit_cells('2026-10', false) order by 1, 2$$,
	$$values ('a', 'CC-A', 70::numeric, 0::numeric), ('b', 'CC-B', 0, 70), ('b', 'CC-T', 30, 36)$$, 'billed where it was billed, charged where it is charged');
select results_eq($$select business_unit, amount, charged from ledger.debit_cells('2026-10', true) order by 1$$,
	$$values ('a', 70::numeric, 70::numeric), ('b', 35, 42)$$, 'an accrual has charges of its own');
insert into recon.charge_model values ('2026-10', 'b', 'showback'), ('2026-09', 'a', 'showback');
select results_eq($$select business_unit, cost_center, account, amount, charged from ledger.debit_cells('2026-10', false) where amount <> 0 or charged <> 0 order by 1, 2$$,
	$$values ('a', 'CC-A', '6410', 70::numeric, 0::numeric), ('b', '', '6999', 0, 106), ('b', 'CC-T', '6420', 30, 0)$$, 'what is only shown is borne centrally, without a cost center');
select is((select sum(amount) from ledger.debit_cells('2026-10', false)), (select sum(usage_billed) from recon.posting), 'cells add up to what was billed');

select results_eq($$select line, step, amount_usd from recon.charge_arithmetic('2026-10', false) where business_unit = 'b' order by line$$,
	$$values (1::bigint, 'billed', 30::numeric), (2, 'central', 106), (3, 'recovery', 6)$$, 'the arithmetic ends with what is borne centrally');
delete from recon.charge_model where period = '2026-10';
select is((select amount_usd from recon.charge_arithmetic('2026-10', true) where business_unit = 'b' and step = 'charged'), 42::numeric, 'and else with what is charged');

select * from finish();
rollback;
