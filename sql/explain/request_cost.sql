-- Rule cost against the gateway's own. One row.
-- $4 style: text
select ref.amount_digits(rule_cost, $4) as rule_cost_usd, coalesce(ref.amount_digits(stated_cost, $4), 'not stated: the rule cost counts') as stated_cost_usd,
       ref.amount_digits(computed, $4) as computed_usd, ref.amount_digits(rule_cost - computed, $4) as rating_usd,
       nullif(billing_rule_version, '') || case when not version_known then ' (unknown)' else '' end as billing_rule_version, unit_price::text as unit_price
  from seen_request;
