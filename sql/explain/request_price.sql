-- Count × price by token class, and the total.
-- $4 style: text
select usage_class, count, usd_per_million, rule_cost_usd, price_source, valid
  from (select position, class as usage_class, n::text as count, ref.amount_digits(price * 1000000, $4) as usd_per_million,
               ref.amount_digits(r, $4) as rule_cost_usd, coalesce(origin, 'no price: counts as 0') as price_source, nullif(validity, '') as valid
          from seen_class
        union all
        select 9, 'total', null, null, ref.amount_digits(sum(r), $4), null, null from seen_class where $4 = 'screen' having count(*) > 1) p
 order by position;
