-- The prices in force in the month, and those of the versions that its events name.
-- $3 period: text
select billing_rule_version, provider, model, usage_class, service_tier, above_input_tokens::text as above_input_tokens, trim_scale(per_units)::text as per_units,
       trim_scale(price_usd)::text as price_usd, nullif(valid_from, '-infinity')::text as valid_from, nullif(valid_to, 'infinity')::text as valid_to, origin
  from packet_rule p cross join lateral jsonb_populate_record(null::ref.price, p.content) t
 where p.name = 'prices' and (provider in (select provider from packet_posting) or provider in (select coalesce(k.provider, t.provider) from packet_key k))
   and (valid_from < ref.utc_date(ref.period_end($3)) and valid_to > ref.utc_date(ref.period_start($3))
        or billing_rule_version in (select billing_rule_version from packet_trace))
 order by provider collate "C", model collate "C", usage_class, service_tier collate "C", billing_rule_version collate "C", above_input_tokens, t.valid_from;
