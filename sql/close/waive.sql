-- $1 period: text, $2 code: text, $3 reason: text
select close.waive($1, $2, $3);
