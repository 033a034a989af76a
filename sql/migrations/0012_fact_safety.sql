-- Facts are inserted and not changed. What a load, a night or a restored database has to change all the same is done by
-- these functions, which run as the facts' owner: each does one thing, and only to rows for which it is right. Whoever
-- loads has no other way (close/roles.sql), so no right to UPDATE, DELETE or TRUNCATE facts needs to be given to anybody.
-- (No triggers: facts have none.)

-- ---- A load: what its own transaction has written, and what it did not record as a file or a delivery ----

-- The partition for a period, and in it for a delivery that holds a whole bill (null: the one that the others share, where
-- they lie one after another: a few pages tell where one is).
create function provider.make_partition(period text, delivery_id bigint) returns void
language plpgsql
as $$
declare
	month text := 'line_' || replace(period, '-', '_');
begin
	if period !~ '^[0-9]{4}-(0[1-9]|1[0-2])$' then
		raise exception '% is not a period', period using errcode = 'Z0064';
	end if;
	execute format('create table if not exists provider.%I partition of provider.line_fact for values in (%L) partition by list (delivery_id)',
	               month, period);
	if delivery_id is not null then
		execute format('create table provider.%I partition of provider.%I for values in (%L)', month || '_' || delivery_id, month, delivery_id);
		-- What all its lines have in common need not be copied with each.
		execute format('alter table provider.%I alter column period set default %L, alter column delivery_id set default %L',
		               month || '_' || delivery_id, period, delivery_id);
		return;
	end if;
	execute format('create table if not exists provider.%I partition of provider.%I default', month || '_rest', month);
	execute format('create index if not exists %I on provider.%I using brin (delivery_id) with (pages_per_range = 32)',
	               month || '_rest_delivery', month || '_rest');
end $$;

-- Drops the partition of a delivery that is not to be recorded.
create function provider.drop_partition(partition text) returns void
language plpgsql
as $$
declare
	delivery bigint := substring(partition from '^line_[0-9]{4}_[0-9]{2}_([0-9]+)$');
begin
	if delivery is null or exists (select from provider.delivery d where d.delivery_id = delivery) then
		raise exception '% holds facts', partition using errcode = 'Z0077';
	end if;
	execute format('drop table provider.%I', partition);
end $$;

-- Takes back what was copied from files that could not be read to their end, and of deliveries that they take part in.
create function provider.take_back(files bigint[], deliveries bigint[]) returns void
language plpgsql
as $$
declare
	this xid := pg_current_xact_id()::xid;
begin
	if exists (select from ops.file f where f.file_id = any (files)) or exists (select from provider.delivery d where d.delivery_id = any (deliveries)) then
		raise exception 'what was recorded is not taken back' using errcode = 'Z0077';
	end if;
	delete from gateway.event e where e.file_id = any (files) and e.xid = txid_current();
	delete from provider.usage_log l where l.file_id = any (files) and l.xmin = this;
	delete from ops.quarantine q where q.file_id = any (files) and q.xmin = this;
	delete from provider.line_fact l where (l.delivery_id = any (deliveries) or l.file_id = any (files)) and l.xmin = this;
	delete from provider.line_attribute a where a.file_id = any (files) and a.xmin = this;
	delete from provider.line_sum s where (s.delivery_id = any (deliveries) or s.file_id = any (files)) and s.xmin = this;
end $$;

-- Drops tax, credit and discount rows of products that turned out not to be ours; how many lines of which file.
create function provider.drop_products(delivery bigint, codes text[]) returns table (file_id bigint, lines bigint)
language plpgsql
as $$
begin
	delete from provider.line_sum s
	 using provider.line_attribute a
	 where s.delivery_id = delivery and a.file_id = s.file_id and a.attribute_no = s.attribute_no and a.product_code = any (codes)
	   and s.xmin = pg_current_xact_id()::xid;
	return query
	with gone as (
		delete from provider.line_fact l
		 using provider.line_attribute a
		 where l.delivery_id = delivery and a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.product_code = any (codes)
		   and l.xmin = pg_current_xact_id()::xid
		returning l.file_id
	)
	select g.file_id, count(*) from gone g group by g.file_id;
end $$;

-- A bill whose net cost column is filled somewhere is counted by that column: where it is empty, the cost is 0.
create function provider.zero_missing_net_cost(deliveries bigint[]) returns void
language plpgsql
as $$
begin
	update provider.line_fact l
	   set cost = 0
	  from provider.line_attribute a
	 where l.delivery_id = any (deliveries) and a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.net_cost_missing and l.cost <> 0
	   and l.xmin = pg_current_xact_id()::xid;
	update provider.line_sum s
	   set cost = 0
	  from provider.line_attribute a
	 where s.delivery_id = any (deliveries) and a.file_id = s.file_id and a.attribute_no = s.attribute_no and a.net_cost_missing and s.cost <> 0
	   and s.xmin = pg_current_xact_id()::xid;
end $$;

-- Each delivery steps back for the one that is about to be recorded in its place: once, and for good.
create function provider.supersede(old bigint[], new bigint[], as_of timestamptz) returns bigint
language plpgsql
as $$
declare
	many bigint;
begin
	update provider.delivery d set superseded_by = s.new, superseded_at = as_of
	  from unnest(old, new) s (old, new)
	 where d.delivery_id = s.old and d.superseded_by is null and not exists (select from provider.delivery n where n.delivery_id = s.new);
	get diagnostics many = row_count;
	if many <> cardinality(old) then
		raise exception 'a delivery is superseded once, by one that is being loaded' using errcode = 'Z0077';
	end if;
	return many;
end $$;

-- How many of a file's events repeat a request id that came before.
create function ops.count_repeats(files bigint[], repeats bigint[]) returns void
language sql
as $$
	update ops.file f
	   set rows_duplicate = r.repeats, rows_accepted = f.rows_read - f.rows_quarantined - r.repeats
	  from unnest(files, repeats) r (file_id, repeats)
	 where f.file_id = r.file_id and r.repeats between 0 and f.rows_read - f.rows_quarantined
$$;

-- A database restored into another cluster counts its transactions anew: what it had seen before is then seen again.
create function ops.recount_transactions() returns void
language plpgsql
as $$
declare
	here text := (select system_identifier::text from pg_control_system());
begin
	if (select cluster_id not in ('', here) or pg_snapshot_xmax(snapshot) > pg_snapshot_xmax(pg_current_snapshot()) from recon.rollup_state) then
		update gateway.event set xid = 1;
		update recon.rollup_state set snapshot = '1:1:', price_digest = '-';
	end if;
	update recon.rollup_state set cluster_id = here where cluster_id <> here;
end $$;

-- ---- A night: lines of deliveries that were superseded long ago ----

-- Drops the lines, and what was derived from them, of so many deliveries at most that were superseded before the days given
-- and that no close rests on. Files and deliveries stay as history, with the number of lines and the cost that they had.
create function provider.drop_superseded(as_of timestamptz, days integer, most integer) returns table (deliveries bigint, lines numeric)
language plpgsql
as $$
declare
	due bigint[];
	shared bigint[];
	periods text[];
	own text;
begin
	select array_agg(d.delivery_id), array_agg(d.delivery_id) filter (where d.own is null), array_agg(d.period) filter (where d.own is null)
	  into due, shared, periods
	  from (select c.delivery_id, c.period, to_regclass(format('provider.%I', 'line_' || replace(c.period, '-', '_') || '_' || c.delivery_id)) as own
	          from provider.delivery c
	         where c.superseded_by is not null and c.lines_dropped_at is null and c.superseded_at < as_of - greatest(days, 0) * interval '1 day'
	           and not exists (select from ledger.pinned_delivery p where p.delivery_id = c.delivery_id)
	           and not exists (select from ledger.pinned_input i where c.delivery_id <= i.last_delivery_id and c.superseded_by > i.last_delivery_id)
	         order by c.delivery_id
	         limit most) d;
	for own in select format('line_%s_%s', replace(d.period, '-', '_'), d.delivery_id) from provider.delivery d
	            where d.delivery_id = any (due) and d.delivery_id <> all (coalesce(shared, '{}')) order by d.delivery_id loop
		execute format('drop table provider.%I', own);
	end loop;
	update provider.delivery d set lines_dropped_at = as_of where d.delivery_id = any (due);
	-- (The plan then reads the partitions of these periods and deliveries only.)
	delete from provider.line_fact l where l.period = any (periods) and l.delivery_id = any (shared);
	delete from provider.line_sum l where l.delivery_id = any (due);
	-- Attributes are a file's, and a file may hold several deliveries.
	delete from provider.line_attribute a
	 where a.file_id = any (array(select f.file_id from provider.delivery_file f where f.delivery_id = any (due)
	                              except
	                              select f.file_id from provider.delivery_file f join provider.delivery d using (delivery_id) where d.lines_dropped_at is null));
	return query select count(*), coalesce(sum(d.line_count), 0) from provider.delivery d where d.delivery_id = any (due);
end $$;

-- ---- Months computed anew ----

-- What was computed from what there was is looked at and never kept: no transaction in which the horizon was set can commit,
-- whatever is done to it afterwards.
create function recon.refuse_replay() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
	raise exception 'a month computed anew from former inputs is not kept' using errcode = 'Z0077', hint = 'the transaction has to be rolled back';
end $$;
create constraint trigger no_commit after insert or update on recon.horizon deferrable initially deferred
	for each row when (new.is_replay or new.last_delivery_id is not null or new.last_file_id is not null or new.events is not null)
	execute function recon.refuse_replay();
alter table recon.horizon enable always trigger no_commit;

create function provider.require_replay() returns void
language plpgsql
as $$
begin
	if not exists (select from recon.horizon h where h.is_replay) then
		raise exception 'facts are put back to what they were only where a month is computed anew' using errcode = 'Z0077';
	end if;
end $$;

-- Deliveries as they were: those that came later are out of the way, those that they superseded are current again.
create function provider.rewind(last_delivery_id bigint) returns void
language plpgsql
as $$
begin
	perform provider.require_replay();
	update provider.delivery d set superseded_by = d.delivery_id, superseded_at = now()
	 where d.delivery_id > rewind.last_delivery_id and d.superseded_by is null;
	update provider.delivery d set superseded_by = null, superseded_at = null, lines_dropped_at = null
	 where d.delivery_id <= rewind.last_delivery_id and d.superseded_by > rewind.last_delivery_id;
end $$;

-- The sums of a period's current lines, to be derived from the lines again.
create function provider.forget_sums(period text) returns void
language plpgsql
as $$
begin
	perform provider.require_replay();
	delete from provider.line_sum s
	 where s.delivery_id in (select d.delivery_id from provider.delivery d where d.period = forget_sums.period and d.superseded_by is null);
end $$;

-- ---- What only an owner may do ----

-- Statistics, and block ranges of BRIN indexes. Who owned these tables in order to analyze them could also put a view in their place, and have its
-- functions run by whoever reads it.
create function ops.settle(relation regclass, variadic columns text[] default '{}') returns void
language plpgsql
as $$
begin
	if not exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
	                where c.oid = relation and n.nspname in ('gateway', 'provider', 'ref', 'recon')) then
		raise exception '% is not a table of facts, reference data or results', relation using errcode = 'Z0077';
	end if;
	execute format('analyze %s %s', relation, (select '(' || string_agg(format('%I', name), ', ') || ')' from unnest(columns) name));
	perform brin_summarize_new_values(c.oid)
	   from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam
	  where i.indrelid = relation and c.relkind = 'i' and m.amname = 'brin';
end $$;

-- ---- Freeze ----

-- What a freeze can prove of results that whoever loads may write: that nothing is added to or lost from the lines, in each
-- provider's sum and in each delivery's. How they are divided is proved by computing them again.
create function close.require_tied(period text) returns void
language plpgsql
as $$
declare
	bad record;
	pinned bigint[] := array(select d.delivery_id from provider.delivery d where d.period = require_tied.period and d.superseded_by is null);
begin
	select d.delivery_id, d.cost, coalesce(f.cost, 0) as lines, coalesce(s.cost, 0) as sums into bad
	  from provider.delivery d
	  left join (select l.delivery_id, sum(l.cost) as cost from provider.line_fact l
	              where l.period = require_tied.period and l.delivery_id = any (pinned) group by l.delivery_id) f using (delivery_id)
	  left join (select l.delivery_id, sum(l.cost) as cost from provider.line_sum l
	              where l.delivery_id = any (pinned) group by l.delivery_id) s using (delivery_id)
	 where d.delivery_id = any (pinned) and (coalesce(f.cost, 0) <> d.cost or coalesce(s.cost, 0) <> d.cost)
	 order by d.delivery_id limit 1;
	if found then
		raise exception 'delivery % cost %, but its lines add up to %, and their sums to %', bad.delivery_id, ref.amount_text(bad.cost),
		                ref.amount_text(bad.lines), ref.amount_text(bad.sums)
			using errcode = 'Z0077', hint = 'facts do not change by themselves: compare with a backup, and find out who changed them';
	end if;
	select provider, coalesce(l.usd, 0) as lines, coalesce(p.usd, 0) as posted into bad
	  from (select a.provider, sum(s.cost * case a.currency when 'USD' then 1 else x.usd_rate end) as usd
	          from provider.delivery d
	          join provider.line_sum s using (delivery_id)
	          join provider.line_attribute a on a.file_id = s.file_id and a.attribute_no = s.attribute_no
	          left join ref.fx x on x.period = s.period and x.currency = a.currency
	         where d.delivery_id = any (pinned)
	         group by a.provider) l
	  full join (select r.provider, sum(r.usage_billed + r.charges) as usd from recon.posting r where r.period = require_tied.period group by r.provider) p
	       using (provider)
	 where coalesce(l.usd, 0) <> coalesce(p.usd, 0)
	 order by provider collate "C" limit 1;
	if found then
		raise exception 'the lines of % add up to %, but % is attributed', bad.provider, ref.amount_text(bad.lines), ref.amount_text(bad.posted)
			using errcode = 'Z0077', hint = format('closebook reconcile --again --period %s; and find out who changed the results', period);
	end if;
end $$;

-- Names are looked up nowhere but where they are written.
do $$
declare
	f record;
begin
	for f in select p.oid::regprocedure as name, n.nspname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
	          where (n.nspname, p.proname) in (('provider', 'make_partition'), ('provider', 'drop_partition'), ('provider', 'take_back'),
	                                           ('provider', 'drop_products'), ('provider', 'zero_missing_net_cost'), ('provider', 'supersede'),
	                                           ('provider', 'drop_superseded'), ('provider', 'require_replay'), ('provider', 'rewind'),
	                                           ('provider', 'forget_sums'), ('ops', 'count_repeats'), ('ops', 'recount_transactions'),
	                                           ('ops', 'settle'), ('close', 'require_tied')) loop
		execute format('alter function %s set search_path = pg_catalog, pg_temp', f.name);
		execute format('revoke all on function %s from public', f.name);
		if f.nspname <> 'close' then
			execute format('alter function %s security definer', f.name);
		end if;
	end loop;
end $$;
