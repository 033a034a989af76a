-- The arithmetic of each business unit's charge, line by line: quantity × rate ÷ per.
-- $1 period: text, $2 style: text, $3 with_estimate: boolean, $4 business_unit: text   null = all
select case when line = 1 or $2 <> 'screen' then business_unit end as business_unit, step, detail,
       case when step = 'band' then to_char(quantity, 'FM999,999,999,999,999,999,999') else ref.amount_digits(quantity, $2) end as quantity,
       ref.amount_digits(rate, $2) as rate, case when step = 'band' then to_char(per, 'FM9,999,999') when per <> 1 then ref.amount_digits(per, $2) end as per, ref.amount_as(amount_usd, $2) as amount_usd
  from recon.charge_arithmetic($1, $3)
 where $4 is null or business_unit = $4
 order by charge_arithmetic.business_unit = 'unattributed', charge_arithmetic.business_unit collate "C", line;
