-- $1 period: text, $2 code: text, $3 reason: text, $4 valid_until: date   null: for good
select close.waive($1, $2, $3, $4);
