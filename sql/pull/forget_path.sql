-- Forgets that files were refused which are here no more: a path, and what lay below it.
-- $1 path: text
delete from ops.rejected_file where path = $1 or starts_with(path, $1 || '/');
