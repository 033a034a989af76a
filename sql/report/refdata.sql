-- The reference data in force: digest, and its files' digests.
select digest, files::text as files from ops.refdata order by refdata_id desc limit 1;
