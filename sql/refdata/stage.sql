-- The reference files as they were read, one temporary table a file, gone at the end of the transaction.
-- Fields are text that the reader has found to be well-formed and written in one way; null = empty or
-- unreadable. A row that has an unreadable field is `flawed`: it still answers references from other
-- files, but is itself not checked any further, so that one mistake is reported once.
create temporary table staged_business_units (
	line bigint not null, flawed boolean not null,
	business_unit_id text, name text, cost_center text, expense_account text, owner_email text, owner_login text,
	threshold_pct text, threshold_usd text, valid_from text, valid_to text
) on commit drop;

create temporary table staged_teams (
	line bigint not null, flawed boolean not null,
	team_id text, business_unit_id text, name text, cost_center text, valid_from text, valid_to text
) on commit drop;

create temporary table staged_services (
	line bigint not null, flawed boolean not null,
	service text, team_id text, valid_from text, valid_to text
) on commit drop;

create temporary table staged_models (
	line bigint not null, flawed boolean not null,
	provider text, alias text, model text
) on commit drop;

create temporary table staged_prices (
	line bigint not null, flawed boolean not null,
	billing_rule_version text, provider text, model text, usage_class text, service_tier text,
	above_input_tokens text, per_units text, price_usd text, valid_from text, valid_to text
) on commit drop;

create temporary table staged_owners (
	line bigint not null, flawed boolean not null,
	provider text, match_kind text, match_value text, team_id text, valid_from text, valid_to text
) on commit drop;

create temporary table staged_allocations (
	line bigint not null, flawed boolean not null,
	charge_type text, method text, target text
) on commit drop;

create temporary table staged_accounts (
	line bigint not null, flawed boolean not null,
	role text, account text
) on commit drop;

create temporary table staged_budgets (
	line bigint not null, flawed boolean not null,
	budget_id text, entity_type text, entity_id text, period text, limit_usd text, alert_thresholds text,
	enforced text, tier text, owner text
) on commit drop;

create temporary table staged_fx (
	line bigint not null, flawed boolean not null,
	period text, currency text, usd_rate text
) on commit drop;

create temporary table staged_chargeback (
	line bigint not null, flawed boolean not null,
	business_unit_id text, model text, markup text, pool_usd text, from_tokens text, to_tokens text, usd_per_million text,
	valid_from text, valid_to text
) on commit drop;

create temporary table staged_reallocations (
	line bigint not null, flawed boolean not null,
	from_business_unit text, basis text, to_business_unit text, share text, valid_from text, valid_to text
) on commit drop;

create function pg_temp.validity(valid_from text, valid_to text) returns daterange
language sql stable
return daterange(coalesce(valid_from, '-infinity')::date, coalesce(valid_to, 'infinity')::date);

create function pg_temp.validity_text(validity daterange) returns text
language sql stable
return case when not isfinite(lower(validity)) and not isfinite(upper(validity)) then 'always'
            else case when isfinite(lower(validity)) then lower(validity)::text else 'the beginning' end || ' to '
              || case when isfinite(upper(validity)) then upper(validity)::text else 'forever' end end;

create temporary view price_in_file as
select line, flawed, billing_rule_version, provider, model, usage_class, ref.tier(service_tier) as service_tier,
       coalesce(above_input_tokens, '0')::bigint as above_input_tokens, coalesce(per_units, '1')::numeric as per_units,
       price_usd::numeric as price_usd, pg_temp.validity(valid_from, valid_to) as validity
  from staged_prices;
