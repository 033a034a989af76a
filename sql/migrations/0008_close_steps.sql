-- The steps of the close, as functions: the only way in for people. Each runs as its owner, knows its caller by the login
-- (session_user, which no SET ROLE changes), and takes the ledger's lock first, so that two closers wait for one another. A
-- refusal is Z0077 with a hint. Roles are made by `closebook db roles`; where one does not exist, the right to execute decides.

-- The login, if it may act as one of these.
create function close.person(variadic roles text[]) returns text
language plpgsql stable
as $$
begin
	if exists (select from pg_roles where rolname = any (roles))
	   and not exists (select from pg_roles r where r.rolname = any (roles) and pg_has_role(session_user, r.oid, 'member')) then
		raise exception '% is no %', session_user, array_to_string(roles, ' or ') using errcode = 'Z0077',
			hint = format('grant %s to %s, or ask someone who has it', roles[1], quote_ident(session_user));
	end if;
	return session_user;
end $$;

-- Takes the ledger's lock and gives the period's state, which then stays.
create function close.begin_step(period text) returns text
language plpgsql
as $$
begin
	if period is null or period !~ '^[0-9]{4}-(0[1-9]|1[0-2])$' then
		raise exception '% is not a period', coalesce(period, 'nothing') using errcode = 'Z0064', hint = 'write a month like 2026-10';
	end if;
	perform from ledger.counter where name = 'entry' for update;
	return ledger.period_state(period);
end $$;

create function close.require_state(period text, state text, variadic wanted text[]) returns void
language plpgsql
as $$
begin
	if not state = any (wanted) then
		raise exception '% is %', period, state using errcode = 'Z0077',
			hint = case state when 'open' then 'freeze it first' when 'frozen' then 'approve it first, or unfreeze it'
			                  when 'approved' then 'it can be posted' else 'a posted month stands; what comes later is corrected in the next open one' end;
	end if;
end $$;

create function close.require_text(what text, value text) returns text
language plpgsql
as $$
begin
	value := btrim(value, E' \t\r\n\f\v');
	if coalesce(value, '') = '' then
		raise exception 'a % is needed', what using errcode = 'Z0064', hint = format('give one with --%s', what);
	end if;
	return value;
end $$;

create function close.next_number(counted text) returns bigint
language plpgsql
as $$
declare
	number bigint;
begin
	insert into ledger.counter (name, value) values (counted, 0) on conflict (name) do nothing;
	update ledger.counter set value = value + 1 where name = counted returning value into number;
	return number;
end $$;

-- At least four digits.
create function close.number_text(number bigint) returns text
language sql immutable
as $$ select lpad(number_text.number::text, greatest(4, length(number_text.number::text)), '0') $$;

-- Ends an entry: what stands under its number goes into the chain.
create function close.seal(entry_no bigint) returns void
language plpgsql
as $$
declare
	e ledger.entry;
begin
	select seal.entry_no, coalesce(p.hash, repeat('0', 64)), r.kind, r.period, r.content::text, session_user, clock_timestamp(), ''
	  into strict e
	  from ledger.recorded r
	  left join ledger.entry p on p.entry_no = seal.entry_no - 1
	 where r.entry_no = seal.entry_no;
	e.hash := ledger.entry_hash(e);
	insert into ledger.entry select e.*;
end $$;

create function close.owner_login(period text, business_unit text) returns text
language sql stable
as $$
	select coalesce((select u.owner_login from ref.business_unit u
	                  where u.business_unit_id = owner_login.business_unit and u.valid_from < ref.utc_date(ref.period_end(owner_login.period))
	                  order by u.valid_from desc limit 1), '')
$$;

-- An amount was signed if the latest sign-off of it is of that amount.
create function ledger.is_signed(period text, business_unit text, variance_usd numeric, tolerance_usd numeric) returns boolean
language sql stable
as $$
	select coalesce((select s.variance_usd = is_signed.variance_usd and s.tolerance_usd = is_signed.tolerance_usd from ledger.sign_off s
	                  where s.period = is_signed.period and s.business_unit = is_signed.business_unit
	                  order by s.entry_no desc limit 1), false)
$$;

create function close.adjustment_status(adjustment_id text) returns text
language sql stable
as $$
	select coalesce((select case step when 'approve' then 'approved' when 'reject' then 'rejected' else 'withdrawn' end
	                   from ledger.adjustment_step t where t.adjustment_id = adjustment_status.adjustment_id), 'proposed')
$$;

-- Everything that stands in the way of a period: what it blocks ('freeze', or 'approve'), and who can clear it.
create function close.blockers(period text)
returns table (code text, what text, who text, blocks text, can_be_waived boolean)
language sql stable
as $$
	with p as (select blockers.period as period)
	select 'not_reconciled', format('%s has not been reconciled', p.period), 'closebook_loader: closebook reconcile', 'freeze', false
	  from p where not exists (select from recon.result r where r.period = p.period)
	union all
	select 'totals_do_not_tie', format('lines add up to %s, business units to %s', ref.amount_text(r.line_total_usd), ref.amount_text(v.billed)),
	       'nobody: a fault of closebook', 'freeze', false
	  from p join recon.result r on r.period = p.period
	  cross join lateral (select coalesce(sum(billed_usd), 0) as billed from recon.variance x where x.period = p.period) v
	 where r.line_total_usd <> v.billed
	union all
	-- (With whose it is and what it comes to: a waiver is of what it says, and of nothing that only looks alike.)
	select e.code, format('%s × %s%s%s%s', e.count, concat_ws(' ', e.code, nullif(e.provider, ''), nullif(e.model, '')),
	                      ' of ' || nullif(nullif(e.business_unit, ''), 'unattributed'), ': ' || nullif(e.detail, ''),
	                      ', ' || ref.amount_text(nullif(e.amount_usd, 0)) || ' USD'),
	       case when e.class = 'input' then 'closebook_loader: mend the files and load them again'
	            when e.code = 'missing_delivery' then 'closebook_loader: load the missing days'
	            else 'reference data: ' || c.remedy end, 'freeze', e.code <> 'currency_unsupported'
	  from p join recon.exception e on e.period = p.period and e.status in ('open', 'acknowledged')
	  join recon.exception_code c on c.code = e.code
	 where e.class = 'input' or e.code in ('missing_delivery', 'unmapped_model', 'currency_unsupported')
	union all
	-- A file that was refused is told of in the month in which it was last tried; what it holds may be of any month that was not over
	-- long before it first came.
	select r.code, format('%s: %s', regexp_replace(r.path, '^.*/', ''), r.message), 'closebook_loader: mend the files and load them again', 'freeze', true
	  from p join (select distinct on (x.path) x.*, min(x.as_of) over (partition by x.path) as first_as_of
	                 from ops.rejected_file x order by x.path, x.rejected_id desc) r
	    on ref.period_of(r.as_of) <> p.period and r.as_of >= ref.period_start(p.period) and r.first_as_of < ref.period_end(p.period) + interval '1 month'
	 where not exists (select from ops.file f where f.path = r.path and f.loaded_at > r.rejected_at)
	union all
	-- A provider that had a bill the month before, and has none.
	select 'missing_delivery', format('%s was billed in %s, and has no bill', b.provider, ref.period_of(ref.period_start(p.period) - interval '1 day')),
	       'closebook_loader: load its bill', 'freeze', true
	  from p cross join lateral (
		select x.provider from provider.delivery d, unnest(d.providers) as x (provider)
		 where d.superseded_by is null and d.has_cost and d.cost <> 0 and d.period = ref.period_of(ref.period_start(p.period) - interval '1 day')
		except
		select x.provider from provider.delivery d, unnest(d.providers) as x (provider)
		 where d.superseded_by is null and d.has_cost and d.period = p.period) b
	 where exists (select from recon.result r where r.period = p.period)
	union all
	select 'not_billed_yet', format('%s: %s events worth %s USD lie beyond what its bills reach', a.provider, a.events, ref.amount_screen(a.amount)),
	       'closebook_loader: load the rest of the bill', 'freeze', true
	  from (select provider, sum(events) as events, sum(amount_usd) as amount
	          from recon.accrual_estimate e, p where e.period = p.period group by provider having sum(events) > 0) a
	union all
	-- An AWS bill gets its invoice ids when it is final, and other datasets that name invoices do so line by line.
	select 'not_final', format('%s %s: %s lines without an invoice id', d.source, d.dataset, n.lines), 'closebook_loader: load the final bill', 'freeze', true
	  from p join provider.delivery d on d.period = p.period and d.superseded_by is null and d.has_cost
	  cross join lateral (select sum(l.lines) filter (where coalesce(a.invoice_id, '') = '' and l.cost <> 0) as lines,
	                             bool_or(coalesce(a.invoice_id, '') <> '') as has_some
	                        from provider.line_sum l join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no
	                       where l.delivery_id = d.delivery_id) n
	 where n.lines > 0 and (d.source_type = 'aws-cur' or n.has_some)
	union all
	select 'unsigned_variance', format('%s: variance %s USD, tolerance %s', v.business_unit, ref.amount_screen(v.variance_usd), ref.amount_screen(v.tolerance_usd)),
	       case when v.business_unit = 'unattributed' then 'closebook_approver'
	            else coalesce(nullif(close.owner_login(p.period, v.business_unit), ''), 'nobody: owner_login is empty in business_units.csv') end, 'approve', false
	  from p join recon.variance v on v.period = p.period and v.status = 'breach'
	 where not ledger.is_signed(p.period, v.business_unit, v.variance_usd, v.tolerance_usd)
	union all
	select 'open_adjustment', format('%s: %s USD from %s to %s, proposed by %s', a.adjustment_id, ref.amount_screen(a.amount), a.from_business_unit,
	                                 a.to_business_unit, e.login),
	       format('closebook_approver other than %s, or %s withdraws it', e.login, e.login), 'approve', false
	  from p join ledger.adjustment a on a.period = p.period join ledger.entry e using (entry_no)
	 where close.adjustment_status(a.adjustment_id) = 'proposed'
	union all
	-- Months before the first one that was ever posted are not in the books, and stay out of them: while none is posted, an approver
	-- may say that earlier ones are, unless they were begun.
	select 'earlier_period', format('%s has bills or an accrual and is not posted', string_agg(distinct d.period, ', ' order by d.period)),
	       'closebook_preparer, closebook_approver: months close in order', 'freeze', ledger.first_posted() is null and not bool_or(d.is_begun)
	  from p join (select b.period, false as is_begun from provider.delivery b where b.has_cost and b.superseded_by is null and b.line_count > 0
	               union select j.period, true from ledger.journal j where j.kind = 'accrual' and not j.draft
	               union select s.period, true from ledger.period_step s) d on d.period < p.period
	 where ledger.period_state(d.period) <> 'posted' and d.period >= coalesce(ledger.first_posted(), '')
	having count(*) > 0
	union all
	select 'earlier_usage', format('%s has usage, no bills, and is not posted', string_agg(v.period, ', ' order by v.period)),
	       'closebook_loader: load its bills; or post it without', 'freeze', true
	  from p join (select distinct x.period from recon.variance x where x.computed_usd <> 0) v on v.period < p.period
	 where ledger.period_state(v.period) = 'open' and v.period >= coalesce(ledger.first_posted(), '')
	   and not exists (select from provider.delivery b where b.period = v.period and b.has_cost and b.superseded_by is null and b.line_count > 0)
	   and not exists (select from ledger.journal j where j.period = v.period and j.kind = 'accrual' and not j.draft)
	having count(*) > 0
	union all
	-- (A month that had nothing when a later one was posted can still be closed.)
	select 'later_period', format('%s is %s', max(s.period), ledger.period_state(max(s.period))), 'nobody: months close in order', 'freeze', false
	  from p join (select distinct x.period from ledger.period_step x) s on s.period > p.period
	 where ledger.period_state(s.period) in ('frozen', 'approved') or ledger.period_state(s.period) = 'posted' and p.period < ledger.first_posted()
	having count(*) > 0
	union all
	select 'period_not_ended', format('%s was reconciled as of %s, before its end', p.period, to_char(r.as_of, 'YYYY-MM-DD HH24:MI')),
	       'nobody: wait, and reconcile again', 'freeze', false
	  from p join recon.result r on r.period = p.period and r.as_of < ref.period_end(p.period) - interval '1 second'
$$;

-- The latest waiver counts, up to the end of its last day.
create function close.latest_waiver(period text, code text, what text) returns ledger.waiver
language sql stable
as $$
	select w from ledger.waiver w where w.period = latest_waiver.period and w.code = latest_waiver.code and w.what = latest_waiver.what
	 order by w.entry_no desc limit 1
$$;

create function close.is_waived(period text, code text, what text) returns boolean
language sql stable
as $$
	select coalesce((select w.entry_no is not null and coalesce(w.valid_until >= ref.utc_date(clock_timestamp()), true)
	                   from close.latest_waiver(is_waived.period, is_waived.code, is_waived.what) w), false)
$$;

-- The blockers that count, those of earlier steps first; and of those whose waiver is over, that it is.
create function close.check_period(period text) returns table (code text, what text, who text, blocks text, can_be_waived boolean)
language sql stable
as $$
	with standing as (
		select b.* from close.blockers(check_period.period) b
		 where ledger.period_state(check_period.period) <> 'posted'
		   and (b.blocks = 'approve' or ledger.period_state(check_period.period) = 'open')
		   and not (b.can_be_waived and close.is_waived(check_period.period, b.code, b.what))
	)
	select u.*
	  from (select s.* from standing s
	        union all
	        select 'override_expired', format('the waiver of %s (%s) was good until %s', s.code, s.what, w.valid_until),
	               format('closebook_approver: waive %s again, or clear it', s.code), s.blocks, false
	          from standing s
	         cross join lateral close.latest_waiver(check_period.period, s.code, s.what) w
	         where s.can_be_waived and w.valid_until is not null) u
	 order by u.blocks desc, u.code collate "C", u.what collate "C"
$$;

-- (close.waiting: 0013.)
create function close.require_clear(period text, step text) returns void
language plpgsql
as $$
declare
	first record;
	many bigint;
begin
	select b.code, b.what, b.who, count(*) over () as many into first
	  from (select c.*, 1 as place from close.check_period(period) c
	        union all
	        select w.*, 0 from close.waiting(period) w where step = 'freeze') b
	 where b.blocks = step order by b.place, b.code collate "C", b.what collate "C" limit 1;
	many := first.many;
	if many > 0 then
		raise exception '% cannot be %: % (%)%', period, case step when 'freeze' then 'frozen' else 'approved' end, first.what, first.code,
		                case when many > 1 then format(', and %s more', many - 1) else '' end
			using errcode = 'Z0077', hint = format('%s; `closebook close check --period %s` lists all', first.who, period);
	end if;
end $$;

-- valid_until: its last day (UTC); null: for good.
create function close.waive(period text, code text, reason text, valid_until date default null) returns bigint
language plpgsql
as $$
declare
	number bigint;
	last bigint;
	b record;
begin
	perform close.person('closebook_approver');
	perform close.require_state(period, close.begin_step(period), 'open');
	reason := close.require_text('reason', reason);
	if valid_until < ref.utc_date(clock_timestamp()) then
		raise exception '% is over', valid_until using errcode = 'Z0064', hint = 'give a day to come with --until';
	end if;
	-- (One that is waived up to a day may be waived for longer.)
	for b in select c.* from close.blockers(period) c
	          where c.code = waive.code and (not close.is_waived(period, c.code, c.what) or (close.latest_waiver(period, c.code, c.what)).valid_until is not null) loop
		if not b.can_be_waived then
			raise exception '% cannot be waived: %', code, b.what using errcode = 'Z0077', hint = b.who;
		end if;
		number := close.next_number('entry');
		insert into ledger.waiver values (number, period, b.code, b.what, reason, valid_until);
		perform close.seal(number);
		last := number;
	end loop;
	if last is null then
		raise exception 'nothing called % stands in the way of %', code, period using errcode = 'Z0064',
			hint = format('`closebook close check --period %s` lists what does', period);
	end if;
	return last;
end $$;

create function close.sign_off(period text, business_unit text, cause text, reason text) returns bigint
language plpgsql
as $$
declare
	number bigint;
	v recon.variance;
	owner text := close.owner_login(period, business_unit);
begin
	if business_unit = 'unattributed' then
		perform close.person('closebook_approver');
	else
		perform close.person('closebook_signer');
		if owner = '' or owner <> session_user then
			raise exception '% is signed off by its owner_login, %, not by %', business_unit, coalesce(nullif(owner, ''), 'which is empty'), session_user
				using errcode = 'Z0077', hint = 'owner_login stands in business_units.csv';
		end if;
	end if;
	perform close.require_state(period, close.begin_step(period), 'open', 'frozen');
	reason := close.require_text('reason', reason);
	cause := close.require_text('cause', cause);
	if cause <> all (array['rating', 'rate', 'quantity', 'unbilled', 'unmetered', 'timing', 'rounding', 'other']) then
		raise exception '% is no cause', cause using errcode = 'Z0064',
			hint = 'causes are rating, rate, quantity, unbilled, unmetered, timing, rounding, other';
	end if;
	select * into v from recon.variance x where x.period = sign_off.period and x.business_unit = sign_off.business_unit and x.status = 'breach';
	if v.period is null then
		raise exception '% is not in breach in %', business_unit, period using errcode = 'Z0064',
			hint = format('`closebook variance --period %s` shows who is', period);
	end if;
	number := close.next_number('entry');
	insert into ledger.sign_off values (number, period, business_unit, v.variance_usd, v.tolerance_usd, cause, reason);
	perform close.seal(number);
	return number;
end $$;

-- ---- Period ----

create function close.freeze(period text, reason text) returns bigint
language plpgsql
as $$
declare
	number bigint;
begin
	perform close.person('closebook_preparer');
	perform close.require_state(period, close.begin_step(period), 'open');
	-- The lock of runs that change data (etl/store/db.c): what is frozen is not being computed.
	if not pg_try_advisory_xact_lock(1668047467, 1) then
		raise exception 'a run is at work' using errcode = 'Z0075', hint = 'try again when it has ended';
	end if;
	perform close.require_clear(period, 'freeze');
	perform close.require_tied(period);
	if exists (select from close.blockers(period) b
	             join ledger.entry e on e.entry_no = (close.latest_waiver("freeze".period, b.code, b.what)).entry_no
	            where b.can_be_waived and e.login = session_user) then
		raise exception '% waived what stood in the way of %', session_user, period using errcode = 'Z0077', hint = 'another preparer freezes it';
	end if;
	number := close.next_number('entry');
	insert into ledger.period_step
	select number, r.period, 'freeze', coalesce("freeze".reason, ''), r.result_id, f.refdata_id, coalesce(f.digest, ''), coalesce(f.price_digest, ''), r.line_total_usd,
	       ledger.accounts(),
	       (select coalesce(jsonb_agg(jsonb_build_object('business_unit', v.business_unit, 'variance_usd', v.variance_usd, 'tolerance_usd', v.tolerance_usd,
	                                                     'status', v.status, 'billed_usd', v.billed_usd) order by v.business_unit collate "C"), '[]')
	          from recon.variance v where v.period = "freeze".period)
	  from recon.result r
	  left join recon.result_input i on i.period = r.period -- what was computed with: it may be older than what is in force
	  left join ops.refdata f on f.refdata_id = i.refdata_id
	 where r.period = "freeze".period;
	insert into ledger.pinned_delivery
	select number, d.delivery_id, d.digest, d.cost from provider.delivery d where d.period = "freeze".period and d.superseded_by is null;
	insert into ledger.pinned_cell select number, c.* from ledger.debit_cells(period, false) c where c.amount <> 0 or c.charged <> 0;
	perform close.pin_inputs(number, period);
	perform close.seal(number);
	return number;
end $$;

create function close.append_step(period text, step text, reason text) returns bigint
language plpgsql
as $$
declare
	number bigint := close.next_number('entry');
begin
	insert into ledger.period_step values (number, period, step, coalesce(reason, ''), '', null, '', '', null, '{}', '[]');
	perform close.seal(number);
	return number;
end $$;

create function close.unfreeze(period text, reason text) returns bigint
language plpgsql
as $$
begin
	perform close.person('closebook_preparer');
	perform close.require_state(period, close.begin_step(period), 'frozen');
	return close.append_step(period, 'unfreeze', close.require_text('reason', reason));
end $$;

-- What was frozen must be what the results still say: nobody approves one thing and posts another.
create function close.require_pinned(period text) returns void
language plpgsql
as $$
declare
	frozen ledger.period_step;
begin
	select * into strict frozen from ledger.period_step s where s.period = require_pinned.period and s.step = 'freeze' order by s.entry_no desc limit 1;
	if exists (select from (select c.provider, c.business_unit, sum(c.amount) as amount, sum(c.charged) as charged from ledger.pinned_cell c
	                         where c.entry_no = frozen.entry_no group by 1, 2) a
	             full join (select d.provider, d.business_unit, sum(d.amount) as amount, sum(d.charged) as charged
	                          from ledger.debit_cells(period, false) d group by 1, 2) b using (provider, business_unit)
	            where coalesce(a.amount, 0) <> coalesce(b.amount, 0) or coalesce(a.charged, 0) <> coalesce(b.charged, 0))
	   or exists (select from jsonb_to_recordset(frozen.variance) as a (business_unit text, variance_usd numeric, tolerance_usd numeric, status text)
	                full join (select * from recon.variance x where x.period = require_pinned.period) b using (business_unit)
	               where (a.variance_usd, a.tolerance_usd, a.status) is distinct from (b.variance_usd, b.tolerance_usd, b.status)) then
		raise exception 'the results of % are not those that were frozen', period using errcode = 'Z0077',
			hint = format('`closebook close unfreeze --period %s`, reconcile, freeze again; and find out who changed them', period);
	end if;
end $$;

create function close.frozen_by(period text) returns text
language sql stable
as $$
	select e.login from ledger.period_step s join ledger.entry e using (entry_no)
	 where s.period = frozen_by.period and s.step = 'freeze' order by s.entry_no desc limit 1
$$;

create function close.approve(period text, reason text) returns bigint
language plpgsql
as $$
begin
	perform close.person('closebook_approver');
	perform close.require_state(period, close.begin_step(period), 'frozen');
	if close.frozen_by(period) = session_user then
		raise exception '% froze %, and cannot approve it', session_user, period using errcode = 'Z0077', hint = 'another approver does';
	end if;
	perform close.require_clear(period, 'approve');
	perform close.require_pinned(period);
	return close.append_step(period, 'approve', reason);
end $$;

-- ---- Adjustments ----

create function close.require_unit(period text, business_unit text) returns void
language plpgsql
as $$
begin
	if business_unit is distinct from 'unattributed'
	   and not exists (select from ref.business_unit u where u.business_unit_id = require_unit.business_unit
	                      and u.valid_from < ref.utc_date(ref.period_end(period)) and u.valid_to > ref.utc_date(ref.period_start(period))) then
		raise exception 'there is no business unit % in %', coalesce(business_unit, 'given'), period using errcode = 'Z0064',
			hint = 'business_units.csv lists them; unattributed is one too';
	end if;
end $$;

create function close.adjust_propose(period text, provider text, from_unit text, to_unit text, amount numeric, reason text, evidence text) returns text
language plpgsql
as $$
declare
	number bigint;
	id text;
	known text[];
begin
	perform close.person('closebook_preparer');
	perform close.require_state(period, close.begin_step(period), 'open', 'frozen');
	reason := close.require_text('reason', reason);
	evidence := close.require_text('evidence', evidence);
	perform close.require_unit(period, from_unit), close.require_unit(period, to_unit);
	if from_unit = to_unit or amount is null or amount <= 0 or amount >= 1e15 or amount <> round(amount, 2) then -- NaN is the greatest
		raise exception 'an adjustment moves a positive amount in whole cents from one business unit to another' using errcode = 'Z0064',
			hint = 'turn --from and --to around instead of a negative --amount';
	end if;
	select array_agg(distinct p.provider collate "C") into known from recon.posting p where p.period = adjust_propose.period
	   and (p.usage_billed <> 0 or p.charges <> 0) and (adjust_propose.provider is not null or p.business_unit = from_unit);
	provider := coalesce(provider, case when cardinality(known) = 1 then known[1] end);
	if provider is null or provider <> all (coalesce(known, '{}')) then
		raise exception 'which provider''s cost?' using errcode = 'Z0064',
			hint = format('give --provider: %s', coalesce(array_to_string(known, ', '), 'but nothing is billed'));
	end if;
	id := format('ADJ-%s-%s', period, close.number_text(close.next_number('ADJ-' || period)));
	number := close.next_number('entry');
	insert into ledger.adjustment
	select number, id, period, provider, from_unit, f.cost_center, f.account, to_unit, t.cost_center, t.account, round(amount, 2), reason, evidence
	  from ledger.charge_place(period, from_unit, '') f, ledger.charge_place(period, to_unit, '') t;
	perform close.seal(number);
	return id;
end $$;

-- Approved or rejected by an approver who is not the proposer; withdrawn by the proposer.
create function close.adjust_decide(id text, step text, reason text) returns bigint
language plpgsql
as $$
declare
	number bigint;
	a ledger.adjustment;
	proposer text;
begin
	if step is null or step <> all (array['approve', 'reject', 'withdraw']) then
		raise exception 'an adjustment is approved, rejected or withdrawn' using errcode = 'Z0064';
	end if;
	perform close.person(case step when 'withdraw' then 'closebook_preparer' else 'closebook_approver' end);
	select * into a from ledger.adjustment x where x.adjustment_id = id;
	if a.adjustment_id is null then
		raise exception 'there is no adjustment %', coalesce(id, 'given') using errcode = 'Z0064', hint = '`closebook close adjust list --period YYYY-MM` shows their ids';
	end if;
	perform close.require_state(a.period, close.begin_step(a.period), 'open', 'frozen');
	select e.login into proposer from ledger.entry e where e.entry_no = a.entry_no;
	if (step = 'withdraw') <> (proposer = session_user) then
		raise exception '% was proposed by %: %', id, proposer,
		                case step when 'withdraw' then 'only they withdraw it' else 'somebody else decides on it' end using errcode = 'Z0077',
			hint = 'the proposer may withdraw it; another approver approves or rejects it';
	end if;
	if close.adjustment_status(id) <> 'proposed' then
		raise exception '% is %', id, close.adjustment_status(id) using errcode = 'Z0077', hint = 'propose another one';
	end if;
	if step <> 'approve' then
		reason := close.require_text('reason', reason);
	end if;
	number := close.next_number('entry');
	insert into ledger.adjustment_step values (number, id, a.period, step, coalesce(reason, ''));
	perform close.seal(number);
	return number;
end $$;
