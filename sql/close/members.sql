-- The close's roles and the logins that have them.
select r.rolname as role, coalesce(string_agg(m.rolname, ', ' order by m.rolname), '') as logins
  from pg_roles r
  left join pg_auth_members g on g.roleid = r.oid
  left join pg_roles m on m.oid = g.member
 where r.rolname in ('closebook_owner', 'closebook_loader', 'closebook_preparer', 'closebook_signer', 'closebook_approver', 'closebook_auditor', 'gateway_writer')
 group by r.rolname
 order by r.rolname;
