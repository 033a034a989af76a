-- The provider's own record of the call: the middle leg of the three-way match. One row.
select to_char(l."timestamp" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as "timestamp", l.account_id, l.region, l.inference_region, l.model,
       nullif(l.model_as_named, l.model) as model_as_named, l.operation, l.principal, l.error_code, f.path as source_file, l.row_no::text as source_line,
       f.digest as source_digest
  from seen_log l
  left join ops.file f on f.file_id = l.file_id;
