-- Whether this login may compute months anew: it needs the rights of whoever reconciles.
select has_table_privilege('recon.posting', 'insert') and has_table_privilege('ref.price', 'delete') and has_table_privilege('provider.delivery', 'update')
       and has_schema_privilege('scratch', 'create')
       and (select pg_has_role(relowner, 'usage') from pg_class where oid = 'recon.counted_event'::regclass);
