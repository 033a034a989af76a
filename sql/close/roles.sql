-- The roles of the close and their rights; can be run again. Logins are made by whoever runs the server (create role NAME login
-- password …) and are granted one of these. Needs CREATEROLE where a role is missing, and the ownership of what it hands over.
do $$
declare
	name text;
	object record;
begin
	foreach name in array array['closebook_owner', 'closebook_loader', 'closebook_preparer', 'closebook_signer', 'closebook_approver',
	                            'closebook_auditor', 'gateway_writer'] loop
		if not exists (select from pg_roles where rolname = name) then
			execute format('create role %I nologin', name);
		end if;
	end loop;
	foreach name in array array['closebook_owner', 'closebook_loader'] loop -- to be able to hand over to them
		if not pg_has_role(current_user, name, 'member') then
			execute format('grant %I to %I', name, current_user);
		end if;
	end loop;
	-- The ledger and the functions of the close belong to a role that nobody logs in as.
	execute format('grant create on database %I to closebook_owner', current_database());
	grant create, usage on schema ledger, close to closebook_owner;
	for object in select c.oid::regclass as id, case c.relkind when 'v' then 'view' else 'table' end as kind
	                from pg_class c where c.relnamespace = 'ledger'::regnamespace and c.relkind in ('r', 'v') loop
		execute format('alter %s %s owner to closebook_owner', object.kind, object.id);
	end loop;
	for object in select p.oid::regprocedure as id from pg_proc p where p.pronamespace in ('ledger'::regnamespace, 'close'::regnamespace) loop
		execute format('alter function %s owner to closebook_owner', object.id);
	end loop;
	alter type ledger.cell owner to closebook_owner;
	alter schema ledger owner to closebook_owner;
	alter schema close owner to closebook_owner;

	-- What the functions read, and everybody at the close.
	grant usage on schema gateway, provider, ref, recon, ledger, ops, close
		to closebook_owner, closebook_loader, closebook_preparer, closebook_signer, closebook_approver, closebook_auditor;
	grant select on all tables in schema provider, ref, recon, ledger, ops
		to closebook_owner, closebook_loader, closebook_preparer, closebook_signer, closebook_approver, closebook_auditor;
	grant select on all tables in schema gateway to closebook_owner, closebook_loader, closebook_preparer, closebook_approver, closebook_auditor;

	-- The loader writes facts and results and makes drafts; in the ledger it can do nothing else.
	grant usage, create on schema scratch, provider, recon to closebook_loader;
	grant insert, update, delete on all tables in schema provider, ref, recon, ops to closebook_loader;
	grant insert, delete on all tables in schema gateway to closebook_loader; -- it takes back what it could not read to the end
	grant execute on function ops.settle_events to closebook_loader;
	grant insert, delete on ledger.journal, ledger.journal_line to closebook_loader;
	grant usage on all sequences in schema gateway, provider, ref, recon, ops to closebook_loader;
	for object in select c.oid::regclass as id from pg_class c
	               where c.relkind in ('r', 'p') and (c.relnamespace = 'recon'::regnamespace
	                                                  or c.relnamespace = 'provider'::regnamespace and c.relname ~ '^line_') loop
		execute format('alter table %s owner to closebook_loader', object.id); -- it makes and drops partitions, and analyzes
	end loop;
	alter view recon.counted_event owner to closebook_loader; -- it hides what came later from itself, see sql/replay/events.sql

	grant usage on schema gateway to gateway_writer;
	grant insert on gateway.event to gateway_writer;

	grant execute on function close.freeze, close.unfreeze, close.adjust_propose, close.issue_accrual, close.post to closebook_preparer;
	grant execute on function close.sign_off to closebook_signer, closebook_approver;
	grant execute on function close.approve, close.waive, close.post to closebook_approver;
	grant execute on function close.adjust_decide to closebook_preparer, closebook_approver;
	grant execute on function close.check_period, close.waiting, close.breaks, close.differences, close.correction_differences
		to closebook_loader, closebook_preparer, closebook_signer, closebook_approver, closebook_auditor;
end $$;
