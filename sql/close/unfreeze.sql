-- $1 period: text, $2 reason: text
select close.unfreeze($1, $2);
