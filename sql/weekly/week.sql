-- $1 as_of: timestamptz
select to_char($1 at time zone 'UTC', 'IYYY-"W"IW');
