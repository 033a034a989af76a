-- $1 period: text, $2 business_unit: text, $3 cause: text, $4 reason: text
select close.sign_off($1, $2, $3, $4);
