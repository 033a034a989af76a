-- $1 period: text, $2 provider: text, $3 from_unit: text, $4 to_unit: text, $5 amount: numeric, $6 reason: text, $7 evidence: text
select close.adjust_propose($1, $2, $3, $4, $5, $6, $7);
