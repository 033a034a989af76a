-- $1 path: text
delete from ops.rejected_file where path = $1;
