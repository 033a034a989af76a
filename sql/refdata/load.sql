-- Puts the staged files in the place of what was in force. Prices that were imported stay.
delete from ref.business_unit;
delete from ref.team;
delete from ref.service;
delete from ref.model_alias;
delete from ref.price where origin = 'refdata';
delete from ref.owner;
delete from ref.allocation;
delete from ref.account;
delete from ref.budget;
delete from ref.fx;
delete from ref.chargeback;
delete from ref.reallocation;

insert into ref.business_unit
select business_unit_id, coalesce(name, business_unit_id), coalesce(cost_center, ''), coalesce(expense_account, ''),
       coalesce(owner_email, ''), coalesce(owner_login, ''), threshold_pct::numeric, threshold_usd::numeric,
       coalesce(valid_from, '-infinity')::date, coalesce(valid_to, 'infinity')::date
  from staged_business_units;

insert into ref.team
select team_id, business_unit_id, coalesce(name, team_id), coalesce(cost_center, ''),
       coalesce(valid_from, '-infinity')::date, coalesce(valid_to, 'infinity')::date
  from staged_teams;

insert into ref.service
select service, team_id, coalesce(valid_from, '-infinity')::date, coalesce(valid_to, 'infinity')::date
  from staged_services;

insert into ref.model_alias
select provider, alias, model from staged_models;

-- A quotient that div() makes exact: the division operator of numeric would round it.
insert into ref.price
select billing_rule_version, provider, model, usage_class, service_tier, above_input_tokens, per_units, price_usd,
       trim_scale(div(price_usd * 1e36, per_units) * 1e-36), lower(validity), upper(validity), 'refdata'
  from price_in_file;

insert into ref.owner
select provider, match_kind, match_value, team_id,
       coalesce(valid_from, '-infinity')::date, coalesce(valid_to, 'infinity')::date
  from staged_owners;

insert into ref.allocation
select charge_type, method, coalesce(target, '') from staged_allocations;

insert into ref.account
select role, account from staged_accounts;

insert into ref.budget
select budget_id, entity_type, entity_id, period, limit_usd::numeric, coalesce(alert_thresholds, ''),
       coalesce(enforced, 'false')::boolean, coalesce(tier, ''), coalesce(owner, '')
  from staged_budgets;

insert into ref.fx
select period, currency, usd_rate::numeric from staged_fx;

insert into ref.chargeback
select business_unit_id, model, case model when 'direct' then coalesce(markup, '1')::numeric end, pool_usd::numeric,
       case model when 'tiered' then coalesce(from_tokens, '0')::numeric else 0 end, to_tokens::numeric, usd_per_million::numeric,
       coalesce(valid_from, '-infinity')::date, coalesce(valid_to, 'infinity')::date
  from staged_chargeback;

insert into ref.reallocation
select from_business_unit, basis, coalesce(to_business_unit, ''), coalesce(share, '1')::numeric,
       coalesce(valid_from, '-infinity')::date, coalesce(valid_to, 'infinity')::date
  from staged_reallocations;

select ops.settle(name) from unnest('{ref.business_unit, ref.team, ref.service, ref.model_alias, ref.price, ref.owner, ref.allocation, ref.account, ref.budget, ref.fx, ref.chargeback, ref.reallocation}'::regclass[]) name;
