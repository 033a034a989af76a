-- $1 id: text, $2 step: text, $3 reason: text
select close.adjust_decide($1, $2, $3);
