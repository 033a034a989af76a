-- Forgets failures of sources that are configured no more.
-- $1 path: text[]   of those that are
delete from ops.rejected_file where starts_with(path, 'pull/') and path <> all ($1);
