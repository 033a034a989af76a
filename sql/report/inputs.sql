-- The files whose records a period's result can rest on, without their folders (another machine has others), and the reference data.
-- $1 period: text
select f.source, f.format, regexp_replace(f.path, '^.*/', '') as name, f.digest, f.rows_read::text as rows_read,
       f.rows_accepted::text as rows_accepted, f.rows_quarantined::text as rows_quarantined, f.rows_duplicate::text as rows_duplicate,
       f.rows_passed_over::text as rows_passed_over
  from ops.file f
 where f.period = $1
    or exists (select from provider.delivery_file k join provider.delivery d using (delivery_id)
                where k.file_id = f.file_id and d.period = $1 and d.superseded_by is null)
 order by f.source collate "C", regexp_replace(f.path, '^.*/', '') collate "C", f.digest collate "C";
