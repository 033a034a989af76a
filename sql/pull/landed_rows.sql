-- $1 mark: text[]   of rows in a landed file that was not loaded yet
insert into pull_landed
select unnest($1);
