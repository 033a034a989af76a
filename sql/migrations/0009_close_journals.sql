-- Journals with a number: accruals, their reversals, the final one; and the proof of the ledger.

create function close.write_journal(period text, kind text, letter text, posting_date date, memo text, reverses text) returns text
language plpgsql
as $$
declare
	id text := format('CB-%s-%s-%s', period, letter, close.number_text(close.next_number(format('CB-%s-%s', period, letter))));
begin
	insert into ledger.journal (journal_id, period, kind, posting_date, draft, currency, memo, entry_no, reverses)
	values (id, period, kind, posting_date, false, 'USD', memo, close.next_number('entry'), reverses);
	return id;
end $$;

create function close.seal_journal(id text) returns void
language plpgsql
as $$
begin
	if (select sum(debit) is distinct from sum(credit) from ledger.journal_line where journal_id = id)
	   or exists (select from ledger.journal_line where journal_id = id group by provider having sum(debit) <> sum(credit)) then
		raise exception 'journal % does not balance', id using errcode = 'Z0070', hint = 'this is a fault of closebook; nothing was changed';
	end if;
	perform close.seal((select j.entry_no from ledger.journal j where j.journal_id = id));
end $$;

-- The accrual that was issued and not reversed yet; at most one.
create function close.outstanding_accrual(period text) returns text
language sql stable
as $$
	select j.journal_id from ledger.journal j
	 where j.period = outstanding_accrual.period and j.kind = 'accrual' and not j.draft
	   and not exists (select from ledger.journal r where r.reverses = j.journal_id and not r.draft)
$$;

-- Reverses it as of a date, so that it and what takes its place stand in the same month; null: there was none.
create function close.reverse_accrual(period text, posting_date date) returns text
language plpgsql
as $$
declare
	accrual text := close.outstanding_accrual(period);
	id text;
begin
	if accrual is null then
		return null;
	end if;
	id := close.write_journal(period, 'reversal', 'R', posting_date, 'reversal of ' || accrual, accrual);
	insert into ledger.journal_line (journal_id, line, provider, account, cost_center, business_unit, debit, credit, memo)
	select id, l.line, l.provider, l.account, l.cost_center, l.business_unit, l.credit, l.debit, l.memo
	  from ledger.journal_line l where l.journal_id = accrual;
	perform close.seal_journal(id);
	return id;
end $$;

-- Gives the draft accrual a number; one that was issued before is reversed as of its own date first.
create function close.issue_accrual(period text) returns text
language plpgsql
as $$
declare
	draft text;
	id text;
begin
	perform close.person('closebook_preparer');
	perform close.require_state(period, close.begin_step(period), 'open', 'frozen');
	select j.journal_id into draft from ledger.journal j where j.period = issue_accrual.period and j.kind = 'accrual' and j.draft;
	if draft is null then
		raise exception '% has no draft accrual', period using errcode = 'Z0077', hint = format('closebook reconcile --period %s', period);
	end if;
	if exists (select from (select l.provider, l.account, l.cost_center, l.business_unit, sum(l.debit - l.credit) as amount
	                          from ledger.journal_line l where l.journal_id = draft group by 1, 2, 3, 4) a
	             full join (select l.provider, l.account, l.cost_center, l.business_unit, sum(l.debit - l.credit) as amount
	                          from (select coalesce(array_agg(c::ledger.cell), '{}') as cells from ledger.debit_cells(period, true) c) d
	                         cross join lateral ledger.lines_of(period, d.cells, ledger.accounts()) l group by 1, 2, 3, 4) b
	                  using (provider, account, cost_center, business_unit)
	            where coalesce(a.amount, 0) <> coalesce(b.amount, 0)) then
		raise exception 'the draft accrual of % is not what its results come to', period using errcode = 'Z0077',
			hint = format('closebook reconcile --again --period %s; and find out who changed it', period);
	end if;
	perform close.reverse_accrual(period, ref.utc_date(ref.period_end(period)) - 1);
	id := close.write_journal(period, 'accrual', 'A', ref.utc_date(ref.period_end(period)) - 1, format('LLM usage %s, accrual', period), null);
	insert into ledger.journal_line (journal_id, line, provider, account, cost_center, business_unit, debit, credit, memo)
	select id, l.line, l.provider, l.account, l.cost_center, l.business_unit, l.debit, l.credit, l.memo
	  from ledger.journal_line l where l.journal_id = draft;
	perform close.seal_journal(id);
	return id;
end $$;

-- Reverses the accrual, writes the final journal from what was pinned and locks the period for good.
-- final_date: period_end or next_period_start. Gives the journal's id; null where nothing was billed.
create function close.post(period text, final_date text) returns text
language plpgsql
as $$
declare
	dated date := ref.utc_date(ref.period_end(period)) - case final_date when 'next_period_start' then 0 else 1 end;
	id text;
begin
	perform close.person('closebook_preparer', 'closebook_approver');
	if coalesce(final_date, '') not in ('period_end', 'next_period_start') then
		raise exception 'a final journal is dated period_end or next_period_start, not %', coalesce(final_date, 'null') using errcode = 'Z0064';
	end if;
	perform close.require_state(period, close.begin_step(period), 'approved');
	perform close.reverse_accrual(period, dated);
	delete from ledger.journal j where j.period = post.period and j.draft;
	if exists (select from ledger.final_lines(period)) then
		id := close.write_journal(period, 'final', 'F', dated, format('LLM usage %s', period), null);
		insert into ledger.journal_line (journal_id, line, provider, account, cost_center, business_unit, debit, credit, memo)
		select id, f.line, f.provider, f.account, f.cost_center, f.business_unit, f.debit, f.credit, f.memo from ledger.final_lines(period) f;
		perform close.seal_journal(id);
	end if;
	perform close.write_corrections(period, dated);
	perform close.append_step(period, 'post', coalesce(id, ''));
	return id;
end $$;

-- ---- Proof ----

-- What is wrong with the chain and with what stands under it, the earliest entry first.
create function close.breaks() returns table (entry_no bigint, what text)
language sql stable
as $$
	with chain as (
		select e, e.entry_no, lag(e.entry_no, 1, 0::bigint) over w as before, lag(e.hash, 1, repeat('0', 64)) over w as hash_before
		  from ledger.entry e window w as (order by e.entry_no)
	), found as (
		select c.before + 1 as entry_no, 1 as place, 'is missing' as what from chain c where c.entry_no <> c.before + 1
		union all
		select c.entry_no, 2, 'does not follow the entry before it: its previous hash is another' from chain c where (c.e).previous <> c.hash_before
		union all
		select c.entry_no, 3, 'was changed: its hash is another' from chain c where (c.e).hash <> ledger.entry_hash(c.e)
		union all
		select c.entry_no, 4, format('does not say any more what it recorded (%s of %s): that was %s', (c.e).kind, (c.e).period, case when r.content is null then 'removed' else 'changed' end)
		  from chain c left join ledger.recorded r using (entry_no)
		 where r.content::text is distinct from (c.e).content or r.kind <> (c.e).kind or r.period <> (c.e).period
		union all
		select r.entry_no, 5, format('a %s of %s stands under it, but it is not in the chain', r.kind, r.period)
		  from ledger.recorded r where not exists (select from ledger.entry e where e.entry_no = r.entry_no)
		union all
		select p.entry_no, 5, 'rows were pinned under it that belong to no freeze'
		  from (select entry_no from ledger.pinned_cell union select entry_no from ledger.pinned_delivery) p
		 where not exists (select from ledger.period_step s where s.entry_no = p.entry_no and s.step = 'freeze')
		union all
		select coalesce((select max(e.entry_no) from ledger.entry e), 0) + 1, 6, format('is missing: %s were counted', c.value)
		  from ledger.counter c where c.name = 'entry' and c.value <> coalesce((select max(e.entry_no) from ledger.entry e), 0)
		union all
		select coalesce((select max(e.entry_no) from ledger.entry e), 0) + 1, 7, 'the counter of entries is gone'
		 where not exists (select from ledger.counter c where c.name = 'entry')
		union all
		select coalesce(j.last, 0), 8, format('journals %s: counted %s, there are %s', coalesce(c.name, j.name), coalesce(c.value, 0), coalesce(j.many, 0))
		  from (select * from ledger.counter where name like 'CB-%') c
		  full join (select regexp_replace(journal_id, '-[0-9]+$', '') as name, count(*) as many, max(x.entry_no) as last from ledger.journal x where not draft group by 1) j using (name)
		 where coalesce(c.value, 0) <> coalesce(j.many, 0)
		union all
		select coalesce(j.last, 0), 8, format('adjustments %s: counted %s, there are %s', coalesce(c.name, j.name), coalesce(c.value, 0), coalesce(j.many, 0))
		  from (select * from ledger.counter where name like 'ADJ-%') c
		  full join (select 'ADJ-' || period as name, count(*) as many, max(x.entry_no) as last from ledger.adjustment x group by 1) j using (name)
		 where coalesce(c.value, 0) <> coalesce(j.many, 0)
	)
	select f.entry_no, f.what from found f order by f.entry_no, f.place
$$;

-- A posted month made anew from what was pinned, line by line against its final journal; and the pinned cells against the
-- pinned deliveries' lines, where these are still kept (with_lines: they are added up for it).
create function close.differences(period text, with_lines boolean default true) returns table (journal_id text, line bigint, what text)
language sql stable
as $$
	with journal as (
		select j.journal_id from ledger.journal j where j.period = differences.period and j.kind = 'final'
	), frozen as (
		select * from ledger.period_step s where s.period = differences.period and s.step = 'freeze' order by s.entry_no desc limit 1
	)
	select coalesce((select j.journal_id from journal j), 'CB-' || differences.period || '-F-0001'), line,
	       format('booked %s, recomputed %s',
	              coalesce(concat_ws(' ', b.provider, b.business_unit, b.cost_center, b.account, b.debit, b.credit), 'nothing'),
	              coalesce(concat_ws(' ', a.provider, a.business_unit, a.cost_center, a.account, a.debit, a.credit), 'nothing'))
	  from (select * from ledger.final_lines(differences.period)) a
	  full join (select l.* from ledger.journal_line l join journal using (journal_id)) b using (line)
	 where (a.provider, a.account, a.cost_center, a.business_unit, a.debit, a.credit)
	       is distinct from (b.provider, b.account, b.cost_center, b.business_unit, b.debit, b.credit)
	union all
	select o.id, null, 'was never reversed, though the month is posted'
	  from close.outstanding_accrual(differences.period) o (id) where o.id is not null
	union all
	select '', null, format('pinned cells add up to %s, the pinned lines to %s', ref.amount_text(c.amount), ref.amount_text(f.line_total_usd))
	  from frozen f
	  cross join lateral (select coalesce(sum(amount), 0) as amount from ledger.pinned_cell p where p.entry_no = f.entry_no) c
	 where c.amount <> f.line_total_usd
	union all
	select '', null, format('delivery %s: its files are not those that were loaded', p.delivery_id)
	  from frozen f
	  join ledger.pinned_delivery p using (entry_no)
	 cross join lateral (select encode(sha256(convert_to(string_agg(o.digest, ',' order by o.digest), 'UTF8')), 'hex') as digest
	                       from provider.delivery_file k join ops.file o using (file_id) where k.delivery_id = p.delivery_id having count(*) > 0) n
	 where n.digest <> p.digest
	union all
	select '', null, format('delivery %s: pinned %s, its lines add up to %s', p.delivery_id, ref.amount_text(p.cost), ref.amount_text(coalesce(n.cost, 0)))
	  from frozen f
	  join ledger.pinned_delivery p using (entry_no)
	  left join provider.delivery d using (delivery_id)
	  cross join lateral (select sum(x.cost) as cost from provider.line_fact x where differences.with_lines and x.period = differences.period and x.delivery_id = p.delivery_id) n
	 where d.lines_dropped_at is null and (d.digest is distinct from p.digest or differences.with_lines and coalesce(n.cost, 0) <> p.cost)
	 order by 1, 2
$$;

-- What only the owner of the events may do for whoever loads them: statistics, and block ranges of the indexes.
create function ops.settle_events() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set default_statistics_target = 10 -- a few thousand rows tell as much as thirty
as $$
begin
	analyze gateway.event (request_id, provider, "timestamp", xid, file_id, row_no, status, model);
	perform brin_summarize_new_values('gateway.event_blocks');
end $$;
revoke all on function ops.settle_events from public;

-- Who may call what is granted by `closebook db roles`; until then, the database's owner. Names are looked up nowhere but
-- where they are written, and times print in UTC.
do $$
declare
	f record;
begin
	for f in select p.oid::regprocedure as name, p.proname from pg_proc p where p.pronamespace = 'close'::regnamespace loop
		execute format('alter function %s set search_path = pg_catalog, pg_temp', f.name);
		execute format('alter function %s set timezone = ''UTC''', f.name);
		execute format('revoke all on function %s from public', f.name);
		if f.proname in ('check_period', 'waive', 'sign_off', 'freeze', 'unfreeze', 'approve', 'adjust_propose', 'adjust_decide', 'issue_accrual',
		                 'post', 'breaks', 'differences') then
			execute format('alter function %s security definer', f.name);
		end if;
	end loop;
end $$;
