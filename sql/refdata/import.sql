-- $1 billing_rule_version: text
-- $2 origin: text
-- Loads a staged price book as one version. A model that models.csv knows as an alias is stored as its canonical
-- model, because prices are looked up by it. Where a book then prices the same thing twice, the row that names the
-- canonical model itself counts, then the first in key order. Result: rows loaded, and rows passed over whose
-- price differs from the one that was kept.
with canonical as (
	select p.line, p.provider, coalesce(a.model, p.model) as model, p.usage_class, p.service_tier, p.above_input_tokens,
	       p.per_units, p.price_usd, trim_scale(div(p.price_usd * 1e36, p.per_units) * 1e-36) as unit_price_usd,
	       lower(p.validity) as valid_from, upper(p.validity) as valid_to, p.model as named
	  from price_in_file p
	  left join ref.model_alias a on a.provider = p.provider and a.alias = p.model
), ranked as (
	select *, row_number() over same as rank, first_value(unit_price_usd) over same as kept_price_usd
	  from canonical
	window same as (partition by provider, model, usage_class, service_tier, above_input_tokens, valid_from
	                order by named <> model, named collate "C", line)
), loaded as (
	insert into ref.price
	select $1, provider, model, usage_class, service_tier, above_input_tokens, per_units, price_usd, unit_price_usd,
	       valid_from, valid_to, $2
	  from ranked
	 where rank = 1
	returning 1
)
select (select count(*) from loaded) as loaded,
       (select count(*) from ranked where unit_price_usd <> kept_price_usd) as differing;
