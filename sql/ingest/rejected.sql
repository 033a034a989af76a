-- Records a file that gave nothing.
-- $1 source: text, $2 path: text, $3 digest: text, $4 code: text, $5 line: bigint, $6 message: text, $7 as_of: timestamptz
insert into ops.rejected_file (rejected_id, source, path, digest, code, line, message, as_of)
select coalesce(max(rejected_id), 0) + 1, $1, $2, $3, $4, $5, $6, $7 from ops.rejected_file;
