-- The roles of the close and their rights; can be run again. Logins are made by whoever runs the server (create role NAME login
-- password …) and are granted one of these. Needs CREATEROLE where a role is missing, and the ownership of what it hands over.
do $$
declare
	name text;
	object record;
	schemas text[] := array['gateway', 'provider', 'ref', 'recon', 'ledger', 'ops', 'close', 'scratch'];
begin
	foreach name in array array['closebook_owner', 'closebook_loader', 'closebook_preparer', 'closebook_signer', 'closebook_approver',
	                            'closebook_auditor', 'gateway_writer'] loop
		if not exists (select from pg_roles where rolname = name) then
			execute format('create role %I nologin', name);
		end if;
	end loop;
	if not pg_has_role(current_user, 'closebook_owner', 'member') then -- to be able to hand over to it
		execute format('grant closebook_owner to %I', current_user);
	end if;
	-- Everything belongs to a role that nobody logs in as. Who owned but one table could put a view in its place, whose
	-- functions would then be run by everybody who reads it, and by the functions of the close.
	execute format('grant create on database %I to closebook_owner', current_database());
	for object in select n.nspname as id from pg_namespace n where n.nspname = any (schemas) loop
		execute format('alter schema %I owner to closebook_owner', object.id);
	end loop;
	for object in select c.oid::regclass as id, case c.relkind when 'v' then 'view' else 'table' end as kind
	                from pg_class c where c.relnamespace = any (schemas::regnamespace[]) and c.relkind in ('r', 'p', 'v') loop
		execute format('alter %s %s owner to closebook_owner', object.kind, object.id);
	end loop;
	for object in select p.oid::regprocedure as id from pg_proc p where p.pronamespace = any (schemas::regnamespace[]) loop
		execute format('alter function %s owner to closebook_owner', object.id);
	end loop;
	for object in select format_type(t.oid, null) as id from pg_type t left join pg_class c on c.oid = t.typrelid
	               where t.typnamespace = any (schemas::regnamespace[]) and c.relkind = 'c' loop
		execute format('alter type %s owner to closebook_owner', object.id);
	end loop;

	-- Rights are these and no others, whatever was granted before.
	revoke all on all tables in schema gateway, provider, ref, recon, ledger, ops, scratch
		from public, closebook_loader, closebook_preparer, closebook_signer, closebook_approver, closebook_auditor, gateway_writer;
	revoke all on schema gateway, provider, ref, recon, ledger, ops, close, scratch
		from public, closebook_loader, closebook_preparer, closebook_signer, closebook_approver, closebook_auditor, gateway_writer;
	revoke all on all functions in schema provider, ops, close
		from closebook_loader, closebook_preparer, closebook_signer, closebook_approver, closebook_auditor, gateway_writer;
	grant usage on schema gateway, provider, ref, recon, ledger, ops, close
		to closebook_loader, closebook_preparer, closebook_signer, closebook_approver, closebook_auditor;
	grant select on all tables in schema provider, ref, recon, ledger, ops
		to closebook_loader, closebook_preparer, closebook_signer, closebook_approver, closebook_auditor;
	grant select on all tables in schema gateway to closebook_loader, closebook_preparer, closebook_approver, closebook_auditor;

	-- The loader adds facts, makes results anew, replaces reference data and drafts; what else it needs, functions do for it.
	grant usage, create on schema scratch to closebook_loader;
	grant insert on all tables in schema provider to closebook_loader;
	alter default privileges for role closebook_owner in schema provider grant select, insert on tables to closebook_loader; -- partitions
	grant insert on ops.file, ops.quarantine, ops.rejected_file, ops.refdata, ops.told to closebook_loader;
	grant delete on ops.rejected_file to closebook_loader; -- a fetch that failed and then succeeded
	grant update on ops.told to closebook_loader;
	grant insert, update on ops.action_item to closebook_loader; -- weekly opens and closes them
	grant insert, update, delete on all tables in schema ref, recon to closebook_loader;
	revoke insert, update, delete on recon.exception_code from closebook_loader;
	revoke insert, delete on recon.horizon from closebook_loader;
	grant insert, delete on ledger.journal, ledger.journal_line to closebook_loader;
	grant usage on all sequences in schema ref, recon, ops to closebook_loader;
	grant execute on function ops.settle_events, ops.settle, ops.count_repeats, ops.recount_transactions, provider.make_partition,
		provider.drop_partition, provider.take_back, provider.drop_products, provider.zero_missing_net_cost, provider.supersede,
		provider.drop_superseded, provider.rewind, provider.forget_sums to closebook_loader;

	-- Who writes an event does not say which transaction did (the roll-up would miss it), nor a gateway which file it came in.
	for object in select string_agg(format('%I', attname), ', ') as loaded, string_agg(format('%I', attname), ', ') filter (where attname <> 'file_id') as written
	                from pg_attribute where attrelid = 'gateway.event'::regclass and attnum > 0 and not attisdropped and attname <> 'xid' loop
		execute format('grant insert (%s) on gateway.event to closebook_loader', object.loaded);
		execute format('grant insert (%s) on gateway.event to gateway_writer', object.written);
	end loop;
	grant usage on schema gateway to gateway_writer;

	grant execute on function close.freeze, close.unfreeze, close.adjust_propose, close.issue_accrual, close.post to closebook_preparer;
	grant execute on function close.sign_off to closebook_signer, closebook_approver;
	grant execute on function close.approve, close.waive, close.post to closebook_approver;
	grant execute on function close.adjust_decide to closebook_preparer, closebook_approver;
	grant execute on function close.check_period, close.waiting, close.refdata_changed, close.breaks, close.differences, close.correction_differences
		to closebook_loader, closebook_preparer, closebook_signer, closebook_approver, closebook_auditor;
end $$;
