-- Which deliveries count, and what is to be done about a month.
begin;
select plan(11);

insert into provider.delivery (delivery_id, source, source_type, dataset, payer, bucket_start, bucket_end, period, label, superseded_by, superseded_at, line_count,
                               cost, digest, has_request_ids, has_other_lines, has_cost, providers)
values (1, 's', 'usage-csv', 'd', '', '2026-10-01Z', '2026-10-02Z', '2026-10', '', 2, '2026-11-02Z', 1, 1, 'a', false, true, true, '{p}'),
       (2, 's', 'usage-csv', 'd', '', '2026-10-01Z', '2026-10-02Z', '2026-10', '', null, null, 1, 2, 'b', false, true, true, '{p}');

select results_eq($$select delivery_id from recon.counted_delivery$$, array[2::bigint], 'of an open month the current delivery counts');

create function pg_temp.step(step text, pinned bigint) returns void language plpgsql as $$
declare number bigint := close.next_number('entry');
begin
	insert into ledger.period_step values (number, '2026-10', step, '', '', null, '', '', null, '{}', '[]');
	if pinned is not null then
		insert into ledger.pinned_delivery values (number, pinned, 'x', 1);
	end if;
	perform close.seal(number);
end $$;

select pg_temp.step('freeze', 1);
select results_eq($$select delivery_id from recon.counted_delivery$$, array[1::bigint], 'of a frozen one what the freeze pinned, though it was superseded since');
select pg_temp.step('unfreeze', null);
select results_eq($$select delivery_id from recon.counted_delivery$$, array[2::bigint], 'after unfreezing the current one again');
select pg_temp.step('freeze', 2);
select pg_temp.step('approve', null);
select results_eq($$select delivery_id from recon.counted_delivery$$, array[2::bigint], 'the latest freeze decides');

insert into ref.business_unit values ('sales', 'Sales', '', '', 'old@example.com', 'old', null, null, '-infinity', '2026-10-15'),
                                     ('sales', 'Sales', '', '', 'new@example.com', 'new', null, null, '2026-10-15', 'infinity');
insert into recon.variance
select '2026-10', u, 1, 2, 1, 50, 0.5, s, 1, 0, 0, 0, 0, 0, 0, 0, 2 from (values ('sales', 'breach'), ('calm', 'within'), ('unattributed', 'breach')) v (u, s);
insert into recon.exception
select x, '2026-10', c, k, s, b, '', '', 'p', '', '', a, 2, '', '', t
  from (values ('e1', 'rating', 'rating_mismatch', 'warning', 'sales', 1.5, 'open'), ('e2', 'provider_delta', 'late_event', 'info', 'sales', 1, 'open'),
               ('e3', 'rating', 'unpriced_model', 'error', 'calm', 0, 'resolved'), ('e4', 'control', 'threshold_breach', 'error', 'sales', 1, 'open'),
               ('e5', 'input', 'truncated_file', 'error', '', 0, 'open')) v (x, c, k, s, b, a, t);

select results_eq($$select item_key, owner_login, owner_email from recon.due_action() order by item_key collate "C"$$,
	$$values ('2026-10//truncated_file', 'closebook_loader', ''), ('2026-10/sales/rating_mismatch', 'new', 'new@example.com'),
	         ('2026-10/sales/unsigned_variance', 'new', 'new@example.com'), ('2026-10/unattributed/unsigned_variance', 'closebook_approver', '')$$,
	'breaches and open exceptions but information and the breach''s own, each with who has to act at the month''s end');
select results_eq($$select amount_usd, occurrences from recon.due_action() where code = 'rating_mismatch'$$, $$values (1.5, 2::bigint)$$, 'with amount and count');

insert into recon.exception select 'e6', '2026-10', 'rating', 'rating_mismatch', 'warning', 'sales', 'team', '', 'p', '', '', -0.5, 3, '', '', 'acknowledged';
select results_eq($$select amount_usd, occurrences from recon.due_action() where code = 'rating_mismatch'$$, $$values (1.0, 5::bigint)$$, 'exceptions of one code and business unit are one item');

create function pg_temp.sign(amount numeric) returns void language plpgsql as $$
declare number bigint := close.next_number('entry');
begin
	insert into ledger.sign_off values (number, '2026-10', 'sales', amount, 0.5, 'rate', 'r');
	perform close.seal(number);
end $$;
select pg_temp.sign(1);
select is((select count(*) from recon.due_action() where item_key = '2026-10/sales/unsigned_variance'), 0::bigint, 'a signed breach is done');
select pg_temp.sign(1.1);
select is((select count(*) from recon.due_action() where item_key = '2026-10/sales/unsigned_variance'), 1::bigint, 'a sign-off of another amount is none');

insert into ops.action_item (item_key, opened_at, period, business_unit, code, class, severity, owner_login, owner_email, amount_usd, occurrences, what, remedy, seen_at)
select 'k', '2026-11-02Z', '2026-10', '', 'c', '', '', '', '', 0, 0, '', '', '2026-11-02Z';
select throws_ok($$insert into ops.action_item (item_key, opened_at, period, business_unit, code, class, severity, owner_login, owner_email, amount_usd, occurrences, what, remedy, seen_at)
                   select 'k', '2026-11-09Z', '2026-10', '', 'c', '', '', '', '', 0, 0, '', '', '2026-11-09Z'$$, '23505', null, 'a matter has one open item');
select pg_temp.step('post', null);
select is((select count(*) from recon.due_action()), 0::bigint, 'nothing is to be done about a posted month');

select * from finish();
rollback;
