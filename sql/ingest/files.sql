-- Records the files that were loaded.
-- $1 file_id: bigint[], $2 source: text[], $3 format: text[], $4 path: text[], $5 digest: text[], $6 bytes: bigint[]
-- $7 rows_read: bigint[], $8 rows_quarantined: bigint[], $9 rows_passed_over: bigint[], $10 period: text[]
-- $11 origin: text[], $12 version: text[]   empty: not fetched
insert into ops.file (file_id, source, format, path, digest, bytes, rows_read, rows_accepted, rows_quarantined, rows_duplicate, rows_passed_over, period,
	origin, version)
select file_id, source, format, path, digest, bytes, rows_read, rows_read - rows_quarantined, rows_quarantined, 0, rows_passed_over, nullif(period, ''),
       nullif(origin, ''), nullif(version, '')
  from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
       as f (file_id, source, format, path, digest, bytes, rows_read, rows_quarantined, rows_passed_over, period,
	origin, version);
