-- What a result rests on, kept with it and pinned by the freeze, so that a month can be computed anew (`verify`); and what came
-- after a month was posted: computed apart (sql/replay), pinned by the next month's freeze and booked with it. Nothing here
-- changes a posted month.

-- Reference data as lines of text, in the form that it is digested in: a number of it can be put back as it was.
create view ref.content as
select 'business_units' as name, to_jsonb(r)::text as line from ref.business_unit r
union all select 'teams', to_jsonb(r)::text from ref.team r
union all select 'services', to_jsonb(r)::text from ref.service r
union all select 'models', to_jsonb(r)::text from ref.model_alias r
union all select 'prices', to_jsonb(r)::text from ref.price r
union all select 'owners', to_jsonb(r)::text from ref.owner r
union all select 'allocations', to_jsonb(r)::text from ref.allocation r
union all select 'accounts', to_jsonb(r)::text from ref.account r
union all select 'budgets', to_jsonb(r)::text from ref.budget r
union all select 'fx', to_jsonb(r)::text from ref.fx r
union all select 'chargeback', to_jsonb(r)::text from ref.chargeback r
union all select 'reallocations', to_jsonb(r)::text from ref.reallocation r;

alter table ops.refdata add column content text; -- null: accepted before it was kept
update ops.refdata f set content = c.content
  from (select coalesce(string_agg(name || ' ' || line, E'\n' order by name collate "C", line collate "C"), '') as content from ref.content) c
 where f.refdata_id = (select max(refdata_id) from ops.refdata) and f.digest = encode(sha256(convert_to(c.content, 'UTF8')), 'hex');

-- What a period was computed from: the last time it was reconciled, or after it was posted, reprocessed. Events are known by
-- their file, those that a gateway wrote itself by the transaction; deliveries by their number, as they supersede in its order.
create table recon.result_input (
	period text primary key,
	as_of timestamptz not null,
	options jsonb not null,
	version text not null,           -- of the program
	last_delivery_id bigint not null,
	last_file_id bigint not null,
	events pg_snapshot not null,
	refdata_id bigint not null,      -- 0: none
	event_digest text not null,      -- what of all this concerns the period: reasons to compute it again
	line_digest text not null,
	price_digest text not null,
	refdata_digest text not null
);

-- What a posted period would be booked as, against what it is booked as; in cents, by cause. Σ amount = reprocessed − posted.
create table recon.correction (
	period text not null,            -- the original one
	cause text not null check (cause in ('late_event', 'late_line', 'credit', 'price', 'reference_data')),
	provider text not null,
	business_unit text not null,
	cost_center text not null,
	account text not null,
	posted numeric not null,         -- before this cause
	reprocessed numeric not null,    -- with it
	amount numeric not null check (amount = reprocessed - posted and amount = round(amount, 2)),
	primary key (period, cause, provider, business_unit, cost_center, account)
);

-- Digests of what reference data says up to a period's end: a row that begins later, or one that is in force and gets an end
-- later, changes nothing in it.
create function recon.refdata_digests(period text, out price_digest text, out refdata_digest text)
language sql stable
as $$
	with scope as (
		select ref.utc_date(ref.period_end(refdata_digests.period)) as day
	), dated as (
		select c.name, c.line::jsonb - 'valid_to' - 'name' - 'owner_email' - 'owner_login'
		       || jsonb_build_object('valid_to', case when (c.line::jsonb ->> 'valid_to')::date < s.day then c.line::jsonb ->> 'valid_to' else '' end) as line
		  from ref.content c cross join scope s
		 where c.name <> 'budgets' and coalesce((c.line::jsonb ->> 'valid_from')::date < s.day, true)
		   and (c.name <> 'fx' or c.line::jsonb ->> 'period' <= refdata_digests.period)
	)
	select encode(sha256(convert_to(coalesce(string_agg(d.text, E'\n' order by d.text collate "C") filter (where d.is_price), ''), 'UTF8')), 'hex'),
	       encode(sha256(convert_to(coalesce(string_agg(d.text, E'\n' order by d.text collate "C") filter (where not d.is_price), ''), 'UTF8')), 'hex')
	  from (select name || ' ' || line::text as text, name in ('prices', 'models') as is_price from dated) d
$$;

-- What computing a period now would rest on. Events as the roll-up has seen them.
create function recon.inputs_now(period text)
returns table (last_delivery_id bigint, last_file_id bigint, events pg_snapshot, refdata_id bigint, event_digest text, line_digest text,
               price_digest text, refdata_digest text)
language sql stable
as $$
	with hull as (
		select least(ref.period_start(inputs_now.period), min(d.usage_from)) as from_time, greatest(ref.period_end(inputs_now.period), max(d.usage_to)) as to_time
		  from provider.delivery d
		 where d.superseded_by is null and d.period = inputs_now.period
	)
	, named as ( -- providers whose lines here name requests: those that a gateway stamps after the month's end are looked at, too
		select distinct a.provider
		  from provider.delivery d
		  join provider.delivery_file x using (delivery_id)
		  join provider.line_attribute a on a.file_id = x.file_id and a.has_request_id
		 where d.superseded_by is null and d.period = inputs_now.period and d.has_request_ids
	)
	select (select coalesce(max(d.delivery_id), 0) from provider.delivery d), (select coalesce(max(f.file_id), 0) from ops.file f),
	       (select s.snapshot from recon.rollup_state s), (select coalesce(max(f.refdata_id), 0) from ops.refdata f),
	       (select coalesce(string_agg(concat_ws(' ', c.provider, c.period, c.change_no), E'\n' order by c.provider collate "C", c.period), '')
	          from recon.event_change c where c.period <= ref.period_of(h.to_time - interval '1 microsecond'))
	       || (select coalesce(string_agg(concat_ws(' ', '', k.provider, c.cell_no >> 32, k.digest, c.events, c.ids), E'\n' order by c.cell_no >> 32, k.digest), '')
	             from recon.hour_cell c
	             join recon.event_kind k using (kind_no)
	            where c.cell_no >= recon.hour_no(h.to_time) << 32 and c.cell_no < recon.hour_no(h.to_time + interval '1 day') << 32
	              and k.provider in (select n.provider from named n)),
	       (select coalesce(string_agg(d.delivery_id::text, ' ' order by d.delivery_id), '')
	          from provider.delivery d
	         where d.superseded_by is null and (d.period = inputs_now.period or d.usage_from < h.to_time and d.usage_to > h.from_time)),
	       r.price_digest, r.refdata_digest
	  from hull h cross join recon.refdata_digests(inputs_now.period) r
$$;

create table ledger.pinned_input (
	entry_no bigint not null references ledger.period_step deferrable initially deferred,
	like recon.result_input,
	primary key (entry_no, period)   -- the frozen period, and each earlier one that its corrections are of
);

create table ledger.pinned_correction (
	entry_no bigint not null references ledger.period_step deferrable initially deferred,
	like recon.correction,
	primary key (entry_no, period, cause, provider, business_unit, cost_center, account)
);
create index on ledger.pinned_correction (period);

-- Rows that a freeze rests on, a sum of their hashes per table (ledger.rows_of): also what no amount is computed of.
create table ledger.pinned_rows (
	entry_no bigint not null references ledger.period_step deferrable initially deferred,
	relation text not null,
	columns text[] not null, -- that it had and that were pinned: more may come
	digest text not null,
	primary key (entry_no, relation)
);

alter table ledger.journal add column corrects text, -- a correction's original period
	add check ((kind = 'correction') = (corrects is not null));
alter table ledger.journal_line add column cause text not null default ''; -- of a correction

-- What was pinned is part of what the freeze recorded.
do $$
begin
	execute format($view$
		create or replace view ledger.recorded as
		select r.entry_no, r.kind, r.period,
		       r.content || case when r.kind = 'period_step' and r.content ->> 'step' = 'freeze' then jsonb_build_object(
		           'inputs', (select coalesce(jsonb_agg(to_jsonb(i) - 'entry_no' order by i.period), '[]') from ledger.pinned_input i where i.entry_no = r.entry_no),
		           'corrections', (select coalesce(jsonb_agg(to_jsonb(c) - 'entry_no' order by c.period, c.cause, c.provider collate "C", c.business_unit collate "C",
		                                                                                   c.cost_center collate "C", c.account collate "C"), '[]')
		                             from ledger.pinned_correction c where c.entry_no = r.entry_no),
		           'rows', (select coalesce(jsonb_object_agg(w.relation, to_jsonb(w) - 'entry_no' - 'relation'), '{}') from ledger.pinned_rows w where w.entry_no = r.entry_no))
		       else '{}' end as content
		  from (%s) r
		union all
		select p.entry_no, 'period_step', p.period, to_jsonb(p)
		  from (select entry_no, period from ledger.pinned_input union select entry_no, period from ledger.pinned_correction) p
		 where not exists (select from ledger.period_step s where s.entry_no = p.entry_no and s.step = 'freeze')$view$,
		rtrim(pg_get_viewdef('ledger.recorded'::regclass), ';'));
	execute 'create trigger no_change before update or delete or truncate on ledger.pinned_input for each statement execute function ledger.refuse_change()';
	execute 'create trigger no_change before update or delete or truncate on ledger.pinned_correction for each statement execute function ledger.refuse_change()';
	execute 'create trigger no_change before update or delete or truncate on ledger.pinned_rows for each statement execute function ledger.refuse_change()';
end $$;
create trigger in_order before insert on ledger.pinned_input for each row execute function ledger.check_row();
create trigger in_order before insert on ledger.pinned_correction for each row execute function ledger.check_row();
create trigger in_order before insert on ledger.pinned_rows for each row execute function ledger.check_row();
alter table ledger.pinned_input enable always trigger no_change, enable always trigger in_order;
alter table ledger.pinned_correction enable always trigger no_change, enable always trigger in_order;
alter table ledger.pinned_rows enable always trigger no_change, enable always trigger in_order;

-- What stands now of rows that a freeze rests on: the month's events that it saw, its deliveries with their files and attributes,
-- its results. Not what changes with reason: transaction numbers, what supersedes a delivery, how many events of a file are
-- repeats, what people say of an exception. Lines are proved by their sums and by computing the month anew, and so is of events
-- what the roll-up tells: of them this is who called, in whose name and for what. In a database restored into another cluster
-- nothing tells which of the rows that gateways wrote a freeze saw: they are named after the cluster, and only compared in it.
-- (A row's hash is hashed once more, as text: that of a record is linear in its columns, and a sum of such stays the same where two rows
-- exchange a value. PostgreSQL keeps its hash functions as they are, because hash partitions and indexes rest on them. Each
-- statement is planned with its values: the events of a month are then read in parallel.)
create function ledger.rows_of(number bigint) returns table (relation text, columns text[], digest text)
language plpgsql stable
set timezone = 'UTC' set search_path = pg_catalog, pg_temp
as $$
declare
	f ledger.period_step;
	i ledger.pinned_input;
	part record;
	event text[] := '{request_id, timestamp, org_id, user_id, cost_center, project_id, workload_class, parent_run_id, step_kind, tool_name, workflow_id,
	                  operation_id, originator_id, issuance_id, signing_key_id, envelope_hmac, attempt, retry_of, api_key_id, resource_id, cache_hit, trace_id,
	                  attributes, file_id, row_no}';
	of_month text;
	of_delivery text := format('join ledger.pinned_delivery d using (delivery_id) where d.entry_no = %s', number);
	of_file text := format('join provider.delivery_file k using (file_id) join ledger.pinned_delivery d using (delivery_id) where d.entry_no = %s', number);
begin
	select * into f from ledger.period_step s where s.entry_no = number and s.step = 'freeze';
	select * into i from ledger.pinned_input p where p.entry_no = number and p.period = f.period;
	of_month := format('where x."timestamp" >= %L and x."timestamp" < %L', ref.period_start(f.period), ref.period_end(f.period));
	for part in
		select t.*, coalesce(p.columns, t.named, array(select a.attname::text from pg_attribute a
		                                               where a.attrelid = t.source::regclass and a.attnum > 0 and not a.attisdropped
		                                                 and a.attname <> all (t.without) order by a.attnum)) as chosen
		  from (values ('gateway.event', 'gateway.event', event, '{}'::text[], format('%s and x.file_id <> 0 and x.file_id <= %s', of_month, coalesce(i.last_file_id, 0))),
		               ('gateway.event, as gateways wrote it in cluster ' || (select cluster_id from recon.rollup_state), 'gateway.event', event, '{}',
		                format('%s and x.file_id = 0 and pg_visible_in_snapshot(x.xid::text::xid8, %L)', of_month, coalesce(i.events, '1:1:'))),
		               ('provider.delivery', 'provider.delivery', null, '{superseded_by, superseded_at, lines_dropped_at}', of_delivery),
		               ('provider.delivery_file', 'provider.delivery_file', null, '{}', of_delivery),
		               ('provider.line_attribute', 'provider.line_attribute', null, '{}', of_file),
		               ('ops.file', 'ops.file', null, '{rows_duplicate}', of_file)
		        union all
		        select 'recon.' || name, 'recon.' || name, null, case name when 'exception' then '{status, owner}'::text[] else '{}' end, format('where x.period = %L', f.period)
		          from unnest('{posting, bucket, variance, charge, charge_step, exception, result, exact_amount, exact_covered, exact_orphan,
		                        exact_finding, exact_late, accrual_estimate}'::text[]) name) t (label, source, named, without, condition)
		  left join ledger.pinned_rows p on p.entry_no = number and p.relation = t.label
	loop
		relation := part.label;
		columns := part.chosen;
		execute format('select coalesce(sum(hashtextextended(hash_record_extended(row(%s), 0::bigint)::text, 0::bigint)), 0)::text from %s x %s',
		               (select string_agg(format('x.%I', c), ', ' order by n) from unnest(part.chosen) with ordinality u (c, n)), part.source, part.condition)
		   into digest;
		return next;
	end loop;
end $$;

-- ---- What is booked of a period ----

create function ledger.latest_freeze(period text) returns ledger.period_step
language sql stable
as $$ select s from ledger.period_step s where s.period = latest_freeze.period and s.step = 'freeze' order by s.entry_no desc limit 1 $$;

-- The lines' cents of exact cells, debits positive, without the clearing account's side; recovery is a cell of no business unit.
create function ledger.cents_of(period text, cells ledger.cell[])
returns table (provider text, business_unit text, cost_center text, account text, amount numeric)
language sql stable
as $$
	select l.provider, l.business_unit, l.cost_center, l.account, l.debit - l.credit
	  from ledger.lines_of(cents_of.period, cells, '{}') l where ledger.line_kind(l.business_unit, l.memo) <> 'clearing'
$$;

-- A posted period's cells in cents up to an entry of the ledger, adjustments apart: the final journal's, and the corrections'.
create function ledger.booked(period text, upto bigint)
returns table (provider text, business_unit text, cost_center text, account text, amount numeric)
language sql stable
as $$
	select b.provider, b.business_unit, b.cost_center, b.account, sum(b.amount)
	  from (select c.*
	          from (select coalesce(array_agg((c.provider, c.business_unit, c.cost_center, c.account, c.amount, c.charged)::ledger.cell), '{}') as cells
	                  from ledger.pinned_cell c where c.entry_no = (ledger.latest_freeze(booked.period)).entry_no) p
	          cross join lateral ledger.cents_of(booked.period, p.cells) c
	        union all
	        select c.provider, c.business_unit, c.cost_center, c.account, c.amount
	          from ledger.pinned_correction c
	          join ledger.period_step s using (entry_no)
	         where c.period = booked.period and c.entry_no <= booked.upto and s.entry_no = (ledger.latest_freeze(s.period)).entry_no
	           and ledger.period_state(s.period) = 'posted') b
	 group by b.provider, b.business_unit, b.cost_center, b.account
	having sum(b.amount) <> 0
$$;

-- What the latest booking of a posted period rests on: its own, or that of its last corrections.
create function ledger.booked_input(period text) returns ledger.pinned_input
language sql stable
as $$
	select i from ledger.pinned_input i
	  join ledger.period_step s using (entry_no)
	 where i.period = booked_input.period and s.entry_no = (ledger.latest_freeze(s.period)).entry_no and ledger.period_state(s.period) = 'posted'
	 order by i.entry_no desc limit 1
$$;

-- Periods that are frozen or approved: what they pinned of others is not booked yet. One at most, as months close in order.
create view ledger.closing_period as
select s.period, max(s.entry_no) as entry_no
  from ledger.period_step s
 where s.step = 'freeze' and ledger.period_state(s.period) in ('frozen', 'approved')
 group by s.period;

-- Posted periods that were computed again, and neither booked again since nor pinned to be.
create view ledger.waiting_period as
select i.*
  from ledger.period_step s
  join recon.result_input i on i.period = s.period
 cross join lateral ledger.booked_input(s.period) b
 where s.step = 'post' and b.entry_no is not null
   and (i.event_digest, i.line_digest, i.price_digest, i.refdata_digest) is distinct from (b.event_digest, b.line_digest, b.price_digest, b.refdata_digest)
   and not exists (select from ledger.closing_period c join ledger.pinned_input p on p.entry_no = c.entry_no and p.period = i.period);

-- Events of months that are frozen, approved or posted which no freeze that stands has seen: told of in the first open month, with
-- which they are booked. (Months whose events are as they were pinned are passed over.)
create function ledger.late_events(open_period text)
returns table (period text, provider text, request_id text, file_id bigint, row_no bigint)
language sql stable
as $$
	select i.period, e.provider, e.request_id, e.file_id, e.row_no
	  from (select distinct on (p.period) p.*
	          from ledger.pinned_input p
	          join ledger.period_step s using (entry_no)
	         where s.entry_no = (ledger.latest_freeze(s.period)).entry_no and ledger.period_state(s.period) <> 'open'
	         order by p.period, p.entry_no desc) i
	 cross join lateral recon.inputs_now(i.period) n
	  join gateway.event e
	    on e."timestamp" >= ref.period_start(i.period) and e."timestamp" < ref.period_end(i.period)
	   and case when e.file_id <> 0 then e.file_id > i.last_file_id else not pg_visible_in_snapshot(e.xid::text::xid8, i.events) end
	 where i.period < late_events.open_period
	   and not exists (select from recon.result r where r.period < late_events.open_period and r.period >= ledger.first_posted()
	                      and ledger.period_state(r.period) = 'open')
	   and i.event_digest <> n.event_digest
$$;

create function ledger.cause_name(cause text) returns text
language sql immutable
as $$
	select case cause when 'late_event' then 'late events' when 'late_line' then 'late or restated lines' when 'credit' then 'credits and refunds'
	                  when 'price' then 'prices' when 'reference_data' then 'reference data' else cause end
$$;

-- Whether reference data is not what was last applied.
create function close.refdata_changed() returns boolean
language sql stable
as $$
	select exists (select from (select f.digest from ops.refdata f order by f.refdata_id desc limit 1) f
	                where f.digest <> (select encode(sha256(convert_to(coalesce(string_agg(c.name || ' ' || c.line, E'\n' order by c.name collate "C", c.line collate "C"), ''),
	                                                                     'UTF8')), 'hex') from ref.content c))
$$;

-- What stands in the way of a freeze beside close.blockers, in its form: what was computed is not what there is now, of the period or
-- of a posted one; reference data is not what was applied; corrections that wait do not come to what the lines come to now.
create function close.waiting(period text) returns table (code text, what text, who text, blocks text, can_be_waived boolean)
language sql stable
as $$
	select 'not_reconciled', format('what %s was computed of is not recorded', r.period), 'closebook_loader: closebook reconcile --again', 'freeze', false
	  from recon.result r
	 where r.period = waiting.period and not exists (select from recon.result_input i where i.period = r.period)
	union all
	-- (What comes late for a posted month and cannot be computed with would never be told of: exceptions are of open months.)
	select 'currency_unsupported', format('%s, which is posted: %s lines in %s have no rate', s.period, sum(l.lines), a.currency),
	       format('reference data: the rate of %s in fx.csv', s.period), 'freeze', false
	  from ledger.period_step s
	  join provider.delivery d on d.period = s.period and d.superseded_by is null and d.delivery_id > coalesce((ledger.booked_input(s.period)).last_delivery_id, 0)
	  join provider.line_sum l on l.delivery_id = d.delivery_id and l.cost <> 0
	  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no
	 where s.step = 'post' and a.currency <> 'USD' and not exists (select from ref.fx x where x.period = s.period and x.currency = a.currency)
	 group by s.period, a.currency
	union all
	select 'malformed_row', format('%s, which is posted: %s rows of %s could not be read', s.period, f.rows_quarantined, regexp_replace(f.path, '^.*/', '')),
	       'closebook_loader: mend the files and load them again', 'freeze', true
	  from ledger.period_step s
	  join ops.file f on f.period = s.period and f.rows_quarantined > 0 and f.file_id > coalesce((ledger.booked_input(s.period)).last_file_id, 0)
	 where s.step = 'post'
	union all
	select 'not_reprocessed', format('%s is posted, and has changed inputs since it was last computed', s.period), 'closebook_loader: closebook reconcile', 'freeze', false
	  from ledger.period_step s
	  left join recon.result_input i on i.period = s.period
	 cross join lateral recon.inputs_now(s.period) n
	 where s.step = 'post'
	   and (i.event_digest, i.line_digest, i.price_digest, i.refdata_digest) is distinct from (n.event_digest, n.line_digest, n.price_digest, n.refdata_digest)
	union all
	select 'result_outdated', format('%s came after the last reconcile',
	                                 concat_ws(', ', case when i.event_digest <> n.event_digest then 'events' end, case when i.line_digest <> n.line_digest then 'deliveries' end,
	                                                 case when i.price_digest <> n.price_digest then 'prices' end,
	                                                 case when i.refdata_digest <> n.refdata_digest then 'reference data' end)),
	       'closebook_loader: closebook reconcile', 'freeze', false
	  from recon.result_input i
	 cross join lateral recon.inputs_now(i.period) n
	 where i.period = waiting.period
	   and (i.event_digest, i.line_digest, i.price_digest, i.refdata_digest) is distinct from (n.event_digest, n.line_digest, n.price_digest, n.refdata_digest)
	union all
	-- (Subqueries, because they are asked once: what is newer is found by its blocks.)
	select 'result_outdated', format('events of %s were written after the last reconcile', e.period), 'closebook_loader: closebook reconcile', 'freeze', false
	  from (select distinct ref.period_of(n."timestamp") as period
	          from gateway.event n
	         where n.xid >= (select pg_snapshot_xmin(r.snapshot)::text::bigint from recon.rollup_state r)
	           and not pg_visible_in_snapshot(n.xid::text::xid8, (select r.snapshot from recon.rollup_state r))) e
	 where e.period = waiting.period or ledger.period_state(e.period) = 'posted'
	union all
	select 'refdata_changed', 'reference data is not what was last applied', 'closebook_loader: closebook refdata apply; and find out who changed it', 'freeze', false
	 where close.refdata_changed()
	union all
	select 'corrections_do_not_tie', format('%s, %s: its lines and what is booked differ by %s, its corrections come to %s', w.period, t.provider,
	                                        ref.amount_text(t.expected), ref.amount_text(t.corrected)),
	       'closebook_loader: closebook reconcile --again; and find out who changed them', 'freeze', false
	  from ledger.waiting_period w
	  join recon.result_input i on i.period = w.period
	  join lateral recon.inputs_now(w.period) n
	    on (i.event_digest, i.line_digest, i.price_digest, i.refdata_digest) is not distinct from (n.event_digest, n.line_digest, n.price_digest, n.refdata_digest)
	 cross join lateral (
		select provider, round(coalesce(l.usd, 0), 2) - coalesce(b.amount, 0) as expected, coalesce(c.amount, 0) as corrected
		  from (select a.provider, sum(s.cost * case a.currency when 'USD' then 1 else x.usd_rate end) as usd
		          from provider.delivery d
		          join provider.line_sum s on s.delivery_id = d.delivery_id
		          join provider.line_attribute a on a.file_id = s.file_id and a.attribute_no = s.attribute_no
		          left join ref.fx x on x.period = s.period and x.currency = a.currency
		         where d.period = w.period and d.superseded_by is null
		         group by a.provider) l
		  full join (select x.provider, sum(x.amount) as amount from ledger.booked(w.period, 9223372036854775807) x group by x.provider) b using (provider)
		  full join (select x.provider, sum(x.amount) as amount from recon.correction x where x.period = w.period group by x.provider) c using (provider)) t
	 where t.expected <> t.corrected
	 order by 1, 2
$$;

-- Pins, beside what the frozen period rests on, the corrections of posted ones that are booked with it.
create function close.pin_inputs(number bigint, period text) returns void
language plpgsql
as $$
begin
	insert into ledger.pinned_input select number, i.* from recon.result_input i where i.period = pin_inputs.period;
	insert into ledger.pinned_input -- (also where no amount changes: that can be proved, too)
	select number, w.* from ledger.waiting_period w where w.period < pin_inputs.period;
	insert into ledger.pinned_correction
	select number, c.* from recon.correction c join ledger.pinned_input i on i.entry_no = number and i.period = c.period
	 where c.period <> pin_inputs.period;
	insert into ledger.pinned_rows select number, r.* from ledger.rows_of(number) r;
end $$;

-- The lines of a correction: its cells, and per provider and cause the clearing account. The account of recovery is that of the
-- month that is posted.
create function ledger.correction_lines(entry_no bigint, corrects text)
returns table (line bigint, provider text, account text, cost_center text, business_unit text, debit numeric, credit numeric, memo text, cause text)
language sql stable
as $$
	with cell as (
		select c.* from ledger.pinned_correction c where c.entry_no = correction_lines.entry_no and c.period = correction_lines.corrects
	), side as (
		select c.provider, c.cause, case when c.business_unit = '' then 2 else 1 end as place, c.business_unit, c.cost_center,
		       case when c.business_unit = '' then coalesce(s.accounts ->> 'recovery', 'recovery') else c.account end as account, c.amount,
		       case when c.business_unit = '' then 'recovery' else c.business_unit end as memo
		  from cell c join ledger.period_step s using (entry_no)
		union all
		select c.provider, c.cause, 3, '', '', coalesce(s.accounts ->> ('clearing:' || c.provider), s.accounts ->> 'clearing', 'clearing'), -sum(c.amount), null
		  from cell c join ledger.period_step s using (entry_no)
		 group by c.provider, c.cause, s.accounts
	)
	select row_number() over (order by provider collate "C", cause, place, business_unit collate "C", cost_center collate "C", account collate "C"),
	       provider, account, cost_center, business_unit, greatest(amount, 0), greatest(-amount, 0),
	       concat_ws(' ', provider, corrects, memo) || ', ' || ledger.cause_name(cause), cause
	  from side where amount <> 0
$$;

-- Writes the corrections that were pinned with a period, one journal per original period.
create function close.write_corrections(period text, posting_date date) returns void
language plpgsql
as $$
declare
	number bigint := (ledger.latest_freeze(period)).entry_no;
	original text;
	id text;
begin
	for original in select distinct c.period from ledger.pinned_correction c where c.entry_no = number order by 1 loop
		continue when not exists (select from ledger.correction_lines(number, original));
		id := format('CB-%s-C-%s', period, close.number_text(close.next_number(format('CB-%s-C', period))));
		insert into ledger.journal (journal_id, period, kind, posting_date, draft, currency, memo, entry_no, corrects)
		select id, period, 'correction', write_corrections.posting_date, false, 'USD',
		       format('LLM usage %s, correction: %s', original, (select string_agg(distinct ledger.cause_name(l.cause), ', ') from ledger.correction_lines(number, original) l)),
		       close.next_number('entry'), original;
		insert into ledger.journal_line (journal_id, line, provider, account, cost_center, business_unit, debit, credit, memo, cause)
		select id, l.line, l.provider, l.account, l.cost_center, l.business_unit, l.debit, l.credit, l.memo, l.cause
		  from ledger.correction_lines(number, original) l;
		perform close.seal_journal(id);
	end loop;
end $$;

-- The correction journals of a posted month against what was pinned for them, line by line.
create function close.correction_differences(period text) returns table (journal_id text, line bigint, what text)
language sql stable
as $$
	select coalesce(b.journal_id, 'CB-' || correction_differences.period || '-C'), coalesce(a.line, b.line),
	       format('booked %s, recomputed %s',
	              coalesce(concat_ws(' ', b.provider, b.business_unit, b.cost_center, b.account, b.debit, b.credit, b.cause), 'nothing'),
	              coalesce(concat_ws(' ', a.provider, a.business_unit, a.cost_center, a.account, a.debit, a.credit, a.cause), 'nothing'))
	  from (select o.period as corrects, l.*
	          from (select distinct c.period, c.entry_no from ledger.pinned_correction c
	                 where c.entry_no = (ledger.latest_freeze(correction_differences.period)).entry_no) o
	         cross join lateral ledger.correction_lines(o.entry_no, o.period) l) a
	  full join (select j.corrects, l.* from ledger.journal j join ledger.journal_line l using (journal_id)
	              where j.period = correction_differences.period and j.kind = 'correction') b on b.corrects = a.corrects and b.line = a.line
	 where (a.provider, a.account, a.cost_center, a.business_unit, a.debit, a.credit, a.cause)
	       is distinct from (b.provider, b.account, b.cost_center, b.business_unit, b.debit, b.credit, b.cause)
	 order by 1, 2
$$;

-- As for the functions of 0009: names are looked up nowhere but where they are written, and times print in UTC.
do $$
declare
	f record;
begin
	for f in select p.oid::regprocedure as name, p.proname from pg_proc p
	          where p.pronamespace = 'close'::regnamespace and p.proname in ('waiting', 'refdata_changed', 'pin_inputs', 'write_corrections', 'correction_differences') loop
		execute format('alter function %s set search_path = pg_catalog, pg_temp', f.name);
		execute format('alter function %s set timezone = ''UTC''', f.name);
		execute format('revoke all on function %s from public', f.name);
		if f.proname in ('waiting', 'refdata_changed', 'correction_differences') then
			execute format('alter function %s security definer', f.name);
		end if;
	end loop;
end $$;
