-- chargeback.csv: how each business unit's charge comes about. Lines with a rate are quantity × rate ÷ per.
-- $3 period: text
select business_unit, line::text as line, step, detail, trim_scale(quantity)::text as quantity, trim_scale(rate)::text as rate, trim_scale(per)::text as per,
       ref.amount_text(amount_usd) as amount_usd
  from recon.charge_arithmetic($3, false) a
 where exists (select from packet_key k where coalesce(k.business_unit, a.business_unit) = a.business_unit)
    or business_unit in (select business_unit from packet_posting)
 order by business_unit = 'unattributed', business_unit collate "C", a.line;
