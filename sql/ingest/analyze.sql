-- Statistics of a table that was just filled.
-- $1 relation: text
select ops.analyze($1::regclass);
