-- Result: the final journal's id; null where nothing was billed.
-- $1 period: text, $2 final_date: text
select close.post($1, $2);
