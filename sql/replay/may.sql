-- Whether this login may compute months anew: it needs the rights of whoever reconciles, and may put deliveries back.
select has_table_privilege('recon.posting', 'insert') and has_table_privilege('ref.price', 'delete') and has_schema_privilege('scratch', 'create')
       and has_function_privilege('provider.rewind(bigint)', 'execute') and has_function_privilege('provider.forget_sums(text)', 'execute');
