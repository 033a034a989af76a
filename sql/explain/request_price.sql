-- Count × price by token class, and the total.
select usage_class, count, usd_per_million, rule_cost_usd, price_source, valid
  from (select position, class as usage_class, n::text as count, ref.amount_text(price * 1000000) as usd_per_million,
               ref.amount_text(r) as rule_cost_usd, coalesce(origin, 'no price: counts as 0') as price_source, nullif(validity, '') as valid
          from seen_class
        union all
        select 9, 'total', null, null, ref.amount_text(sum(r)), null, null from seen_class having count(*) > 1) p
 order by position;
