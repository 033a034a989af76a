-- Remembers that a source gave nothing: a missing_delivery of the month until it gives something again.
-- $1 source: text, $2 path: text, $3 message: text, $4 as_of: timestamptz
insert into ops.rejected_file (rejected_id, source, path, digest, code, line, message, as_of)
select coalesce(max(rejected_id), 0) + 1, $1, $2, '', 'missing_delivery', 0, $3, $4 from ops.rejected_file;
