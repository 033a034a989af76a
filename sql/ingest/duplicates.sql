-- How many of a file's events repeat a request id that came before.
-- $1 file_id: bigint
select rows_duplicate from ops.file where file_id = $1;
