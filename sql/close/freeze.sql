-- $1 period: text, $2 reason: text
select close.freeze($1, $2);
