-- $1 period: text, $2 reason: text
select close.approve($1, $2);
