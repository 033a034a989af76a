-- $1 number: integer
-- $2 name: text
-- $3 sha256: text
insert into ops.migration (number, name, sha256) values ($1, $2, $3);
