-- The month-end close. What people and runs decide is appended to tables in `ledger`, each row under an entry of one hash
-- chain, and never changed: a period's state is its latest step. People hold no right to write there: they call the
-- functions in `close` (0008_close_steps), which run as their owner and know them by session_user.
create schema close;
comment on schema ledger is 'what the close decided, under a hash chain: periods, sign-offs, adjustments, journals';
comment on schema close is 'what people do at month end';

-- Numbers without gaps. The row is locked until the transaction that took a number ends; that of 'entry' makes two closers one.
create table ledger.counter (
	name text primary key,           -- 'entry', or what a number follows: 'CB-2026-10-F'
	value bigint not null check (value >= 0)
);
insert into ledger.counter values ('entry', 0);

create table ledger.entry (
	entry_no bigint primary key,
	previous text not null,          -- the hash of the entry before; of the first: zeros
	kind text not null check (kind in ('period_step', 'sign_off', 'waiver', 'adjustment', 'adjustment_step', 'journal')),
	period text not null,
	content text not null,           -- what ledger.recorded showed of it, as jsonb prints it
	login text not null,
	at timestamptz not null,
	hash text not null
);

create function ledger.entry_hash(e ledger.entry) returns text
language sql immutable
set timezone = 'UTC'
as $$
	select encode(sha256(convert_to(concat_ws(E'\n', e.entry_no, e.previous, e.kind, e.period, e.login,
	           to_char(e.at, 'YYYY-MM-DD HH24:MI:SS.US'), e.content), 'UTF8')), 'hex')
$$;

create table ledger.period_step (
	entry_no bigint primary key references ledger.entry deferrable initially deferred,
	period text not null,
	step text not null check (step in ('freeze', 'unfreeze', 'approve', 'post')),
	reason text not null,
	result_id text not null,         -- of a freeze, as what follows; else empty
	refdata_id bigint,
	refdata_digest text not null,
	price_digest text not null,
	line_total_usd numeric,          -- Σ of the pinned deliveries' lines
	accounts jsonb not null,         -- role → account
	variance jsonb not null          -- what each business unit's owner saw
);
create index on ledger.period_step (period, entry_no);

create table ledger.pinned_delivery (
	entry_no bigint not null references ledger.period_step deferrable initially deferred,
	delivery_id bigint not null,
	digest text not null,
	cost numeric not null,           -- Σ of its lines, currencies as they come
	primary key (entry_no, delivery_id)
);
create index on ledger.pinned_delivery (delivery_id);

create table ledger.pinned_cell (
	entry_no bigint not null references ledger.period_step deferrable initially deferred,
	provider text not null,
	business_unit text not null,
	cost_center text not null,
	account text not null,
	amount numeric not null,         -- billed, exact
	charged numeric not null,        -- what is debited there
	primary key (entry_no, provider, business_unit, cost_center, account)
);

create table ledger.sign_off (
	entry_no bigint primary key references ledger.entry deferrable initially deferred,
	period text not null,
	business_unit text not null,
	variance_usd numeric not null,   -- what was signed; another amount is not
	tolerance_usd numeric not null,
	cause text not null check (cause in ('rating', 'rate', 'quantity', 'unbilled', 'unmetered', 'timing', 'rounding', 'other')),
	reason text not null check (reason <> '')
);
create index on ledger.sign_off (period, business_unit);

-- A blocker that an approver accepts as it stands. One that changes stands in the way again.
create table ledger.waiver (
	entry_no bigint primary key references ledger.entry deferrable initially deferred,
	period text not null,
	code text not null,
	what text not null,
	reason text not null check (reason <> ''),
	valid_until date                 -- its last day, in UTC; null: for good
);
create index on ledger.waiver (period);

create table ledger.adjustment (
	entry_no bigint primary key references ledger.entry deferrable initially deferred,
	adjustment_id text not null unique,
	period text not null,
	provider text not null,
	from_business_unit text not null,
	from_cost_center text not null,
	from_account text not null,
	to_business_unit text not null,
	to_cost_center text not null,
	to_account text not null,
	amount numeric not null check (amount > 0 and amount < 1e15 and amount = round(amount, 2)),
	reason text not null check (reason <> ''),
	evidence text not null check (evidence <> ''),
	check (from_business_unit <> to_business_unit)
);
create index on ledger.adjustment (period);

create table ledger.adjustment_step (
	entry_no bigint primary key references ledger.entry deferrable initially deferred,
	adjustment_id text not null unique references ledger.adjustment (adjustment_id), -- each is decided once
	period text not null,
	step text not null check (step in ('approve', 'reject', 'withdraw')),
	reason text not null
);

alter table ledger.journal add column entry_no bigint references ledger.entry deferrable initially deferred,
	add column reverses text unique references ledger.journal,
	add check (draft = (journal_id like '%-DRAFT')),
	add check (draft = (entry_no is null)),
	add check ((kind = 'reversal') = (reverses is not null));
alter table ledger.journal add check (not draft or kind = 'accrual');
create unique index on ledger.journal (entry_no);
create unique index journal_final on ledger.journal (period) where kind = 'final';

-- What stands under each entry now. An entry keeps its content as text: where the two differ, somebody wrote past the functions.
create view ledger.recorded as
select entry_no, 'period_step' as kind, period,
       to_jsonb(s) || jsonb_build_object(
           'deliveries', (select coalesce(jsonb_agg(to_jsonb(d) - 'entry_no' order by d.delivery_id), '[]')
                            from ledger.pinned_delivery d where d.entry_no = s.entry_no),
           'cells', (select coalesce(jsonb_agg(to_jsonb(c) - 'entry_no' order by c.provider collate "C", c.business_unit collate "C",
                                                                             c.cost_center collate "C", c.account collate "C"), '[]')
                       from ledger.pinned_cell c where c.entry_no = s.entry_no)) as content
  from ledger.period_step s
union all
select entry_no, 'sign_off', period, to_jsonb(s) from ledger.sign_off s
union all
select entry_no, 'waiver', period, to_jsonb(w) from ledger.waiver w
union all
select entry_no, 'adjustment', period, to_jsonb(a) from ledger.adjustment a
union all
select entry_no, 'adjustment_step', period, to_jsonb(t) from ledger.adjustment_step t
union all
select entry_no, 'journal', period,
       to_jsonb(j) || jsonb_build_object('lines', (select coalesce(jsonb_agg(to_jsonb(l) - 'journal_id' order by l.line), '[]')
                                                     from ledger.journal_line l where l.journal_id = j.journal_id))
  from ledger.journal j where not draft;

create function ledger.period_state(period text) returns text
language sql stable
as $$
	select coalesce((select case step when 'freeze' then 'frozen' when 'approve' then 'approved' when 'post' then 'posted' else 'open' end
	                   from ledger.period_step s where s.period = period_state.period order by entry_no desc limit 1), 'open')
$$;

-- ---- One way to make journal lines ----

create type ledger.cell as (provider text, business_unit text, cost_center text, account text, amount numeric, charged numeric);

-- The first month that was ever posted; null: none.
create function ledger.first_posted() returns text
language sql stable
as $$ select min(s.period) from ledger.period_step s where s.step = 'post' $$;

create function ledger.accounts() returns jsonb
language sql stable
as $$ select coalesce(jsonb_object_agg(role, account), '{}') from ref.account $$;

-- Where a business unit's cost is debited in a period: the team's cost center, else its own.
create function ledger.debit_place(period text, business_unit text, team_id text) returns table (cost_center text, account text)
language sql stable
as $$
	select coalesce(nullif(t.cost_center, ''), b.cost_center, ''),
	       case when debit_place.business_unit = 'unattributed' or coalesce(b.expense_account, '') = ''
	            then coalesce((select account from ref.account where role = 'suspense'), 'suspense')
	            else b.expense_account end
	  from (values (1)) one
	  left join lateral (select u.cost_center, u.expense_account from ref.business_unit u
	                      where u.business_unit_id = debit_place.business_unit and u.valid_from < ref.utc_date(ref.period_end(debit_place.period))
	                      order by u.valid_from desc limit 1) b on true
	  left join lateral (select v.cost_center from ref.team v
	                      where v.team_id = debit_place.team_id and v.business_unit_id = debit_place.business_unit
	                        and v.valid_from < ref.utc_date(ref.period_end(debit_place.period))
	                      order by v.valid_from desc limit 1) t on true
$$;

-- What a period's debits are, exact: billed, and for an accrual also what no bill has reached. What is billed is charged;
-- 0010_chargeback has models for it.
create function ledger.debit_cells(period text, with_estimate boolean) returns setof ledger.cell
language sql stable
as $$
	select c.provider, c.business_unit, p.cost_center, p.account, sum(c.amount), sum(c.amount)
	  from (select provider, business_unit, team_id, sum(amount) as amount
	          from (select provider, business_unit, team_id, usage_billed + charges as amount
	                  from recon.posting where posting.period = debit_cells.period
	                union all
	                select provider, business_unit, team_id, amount_usd
	                  from recon.accrual_estimate e where e.period = debit_cells.period and with_estimate) a
	         group by provider, business_unit, team_id) c
	 cross join lateral ledger.debit_place(debit_cells.period, c.business_unit, c.team_id) p
	 group by c.provider, c.business_unit, p.cost_center, p.account
$$;

-- The lines: per provider what is charged in cents, half away from zero, is spread over its debits by largest remainder (ties
-- in byte order); what is billed is credited to its clearing account, and what lies between the two to recovery.
create function ledger.lines_of(period text, cells ledger.cell[], accounts jsonb)
returns table (line integer, provider text, account text, cost_center text, business_unit text, debit numeric, credit numeric, memo text)
language sql stable
as $$
	with cent as (
		select provider, business_unit, cost_center, account,
		       floor(charged * 100) + case when rank <= left_over then 1 else 0 end as cents, billed_total, charged_total
		  from (select c.*, round(sum(amount) over p, 2) * 100 as billed_total, round(sum(charged) over p, 2) * 100 as charged_total,
		               round(sum(charged) over p, 2) * 100 - sum(floor(charged * 100)) over p as left_over,
		               row_number() over (partition by provider order by charged * 100 - floor(charged * 100) desc, business_unit collate "C",
		                                  cost_center collate "C", account collate "C") as rank
		          from unnest(cells) c
		        window p as (partition by provider)) r
	), side as (
		select provider, business_unit, cost_center, account, cents, 1 as place, ' ' || business_unit as memo from cent
		union all
		select distinct provider, '', '', coalesce(accounts ->> ('clearing:' || provider), accounts ->> 'clearing', 'clearing'), -billed_total, 2, ''
		  from cent
		union all
		select distinct provider, '', '', coalesce(accounts ->> 'recovery', 'recovery'), billed_total - charged_total, 3, ' recovery' from cent
	)
	select row_number() over (order by provider collate "C", place, business_unit collate "C", cost_center collate "C", account collate "C")::integer,
	       provider, account, cost_center, business_unit, round(greatest(cents, 0) * 0.01, 2), round(greatest(-cents, 0) * 0.01, 2),
	       provider || ' ' || lines_of.period || memo
	  from side where cents <> 0
$$;

-- The final journal's lines from what a freeze pinned, and after them a pair for each approved adjustment.
create function ledger.final_lines(period text)
returns table (line bigint, provider text, account text, cost_center text, business_unit text, debit numeric, credit numeric, memo text)
language sql stable
as $$
	with frozen as (
		select entry_no, accounts from ledger.period_step s
		 where s.period = final_lines.period and step = 'freeze' order by entry_no desc limit 1
	), base as (
		select l.*
		  from frozen f
		  cross join lateral (select coalesce(array_agg((c.provider, c.business_unit, c.cost_center, c.account, c.amount, c.charged)::ledger.cell), '{}') as cells
		                        from ledger.pinned_cell c where c.entry_no = f.entry_no) p
		  cross join lateral ledger.lines_of(final_lines.period, p.cells, f.accounts) l
	), moved as (
		select a.*, a.adjustment_id || ': ' || a.reason as memo
		  from ledger.adjustment a
		  join ledger.adjustment_step t on t.adjustment_id = a.adjustment_id and t.step = 'approve'
		 where a.period = final_lines.period
	)
	select line::bigint, provider, account, cost_center, business_unit, debit, credit, memo from base
	union all
	select (select count(*) from base) + row_number() over (order by adjustment_id collate "C", is_credit), provider, account, cost_center, business_unit,
	       debit, credit, memo
	  from (select adjustment_id, false as is_credit, provider, to_account as account, to_cost_center as cost_center,
	               to_business_unit as business_unit, amount as debit, 0.00 as credit, memo from moved
	        union all
	        select adjustment_id, true, provider, from_account, from_cost_center, from_business_unit, 0.00, amount, memo from moved) m
$$;

-- ---- Nothing is changed ----

create function ledger.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
	raise exception '% on %.%: the ledger is append-only', tg_op, tg_table_schema, tg_table_name
		using errcode = 'Z0077', hint = 'what was wrong is put right by another entry';
end $$;

-- Rows come under an entry that is being made, by the ledger's owner: that is, by one of the functions.
create function ledger.check_row() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
	if current_user <> (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
		raise exception '%.% is written by the functions of schema close', tg_table_schema, tg_table_name using errcode = 'Z0077';
	end if;
	if exists (select from ledger.entry e where e.entry_no = new.entry_no) then
		raise exception 'entry % of the ledger is complete', new.entry_no using errcode = 'Z0077';
	end if;
	return new;
end $$;

create function ledger.check_period() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
	if ledger.period_state(new.period) = 'posted' then
		raise exception '% is posted', new.period using errcode = 'Z0077', hint = 'what comes later is corrected in the next open period';
	end if;
	return new;
end $$;

-- Drafts come and go with every reconcile, while their period is open; journals with a number stay.
create function ledger.check_journal() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
	if tg_op = 'DELETE' then
		if old.draft then
			return old;
		end if;
		raise exception 'journal % stands', old.journal_id using errcode = 'Z0077', hint = 'the ledger is append-only';
	end if;
	if not new.draft and current_user <> (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
		raise exception 'journals with a number are written by the functions of schema close' using errcode = 'Z0077';
	end if;
	if new.draft and ledger.period_state(new.period) <> 'open' then
		raise exception 'no draft: % is %', new.period, ledger.period_state(new.period) using errcode = 'Z0077';
	end if;
	if exists (select from ledger.entry e where e.entry_no = new.entry_no) then
		raise exception 'entry % of the ledger is complete', new.entry_no using errcode = 'Z0077';
	end if;
	return new;
end $$;

create function ledger.check_line() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
	head ledger.journal;
begin
	if tg_op = 'DELETE' then
		if old.journal_id like '%-DRAFT' then
			return old;
		end if;
		raise exception 'journal % stands', old.journal_id using errcode = 'Z0077', hint = 'the ledger is append-only';
	end if;
	select * into head from ledger.journal j where j.journal_id = new.journal_id;
	if not head.draft and (current_user <> (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid)
	                       or exists (select from ledger.entry e where e.entry_no = head.entry_no)) then
		raise exception 'journal % is complete', new.journal_id using errcode = 'Z0077';
	end if;
	return new;
end $$;

create function ledger.check_counter() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
	if tg_op = 'INSERT' and new.value = 0 or tg_op = 'UPDATE' and new.name = old.name and new.value = old.value + 1 then
		return new;
	end if;
	raise exception 'counter %: numbers have no gaps', new.name using errcode = 'Z0077';
end $$;

create trigger no_change before delete or truncate on ledger.counter for each statement execute function ledger.refuse_change();
create trigger in_steps before insert or update on ledger.counter for each row execute function ledger.check_counter();
alter table ledger.counter enable always trigger no_change, enable always trigger in_steps;
create trigger no_change before update or truncate on ledger.journal for each statement execute function ledger.refuse_change();
create trigger in_order before insert or delete on ledger.journal for each row execute function ledger.check_journal();
create trigger not_posted before insert on ledger.journal for each row execute function ledger.check_period();
alter table ledger.journal enable always trigger no_change, enable always trigger in_order, enable always trigger not_posted;
create trigger no_change before update or truncate on ledger.journal_line for each statement execute function ledger.refuse_change();
create trigger in_order before insert or delete on ledger.journal_line for each row execute function ledger.check_line();
alter table ledger.journal_line enable always trigger no_change, enable always trigger in_order;

do $$
declare
	name text;
begin
	foreach name in array array['entry', 'period_step', 'pinned_delivery', 'pinned_cell', 'sign_off', 'waiver', 'adjustment', 'adjustment_step'] loop
		execute format('create trigger no_change before update or delete or truncate on ledger.%I for each statement execute function ledger.refuse_change()', name);
		execute format('create trigger in_order before insert on ledger.%I for each row execute function ledger.check_row()', name);
		execute format('alter table ledger.%I enable always trigger no_change, enable always trigger in_order', name);
		if name not in ('entry', 'pinned_delivery', 'pinned_cell') then
			execute format('create trigger not_posted before insert on ledger.%I for each row execute function ledger.check_period()', name);
			execute format('alter table ledger.%I enable always trigger not_posted', name);
		end if;
	end loop;
end $$;
