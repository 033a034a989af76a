-- Rule cost against the gateway's own. One row.
select ref.amount_text(rule_cost) as rule_cost_usd, coalesce(ref.amount_text(stated_cost), 'not stated: the rule cost counts') as stated_cost_usd,
       ref.amount_text(computed) as computed_usd, ref.amount_text(rule_cost - computed) as rating_usd,
       nullif(billing_rule_version, '') || case when not version_known then ' (unknown)' else '' end as billing_rule_version, unit_price::text as unit_price
  from seen_request;
