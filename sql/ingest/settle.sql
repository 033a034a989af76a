-- Statistics and block ranges of a table that was just filled.
-- $1 relation: text
select ops.settle($1::regclass);
