-- Reference data. One row per validity range: valid_from inclusive, valid_to exclusive; '-infinity' and
-- 'infinity' where the file leaves them empty. Replaced as a whole by `refdata apply`, and small.
create table ref.business_unit (
	business_unit_id text not null,
	name text not null,
	cost_center text not null,
	expense_account text not null,
	owner_email text not null,
	owner_login text not null,
	threshold_pct numeric,
	threshold_usd numeric,
	valid_from date not null,
	valid_to date not null,
	primary key (business_unit_id, valid_from)
);

create table ref.team (
	team_id text not null,
	business_unit_id text not null,
	name text not null,
	cost_center text not null,
	valid_from date not null,
	valid_to date not null,
	primary key (team_id, valid_from)
);

create table ref.service (
	service text not null,
	team_id text not null,
	valid_from date not null,
	valid_to date not null,
	primary key (service, valid_from)
);

create table ref.model_alias (
	provider text not null,
	alias text not null,
	model text not null,
	primary key (provider, alias)
);

create table ref.price (
	billing_rule_version text not null,
	provider text not null,
	model text not null,
	usage_class text not null,
	service_tier text not null,
	above_input_tokens bigint not null,
	per_units numeric not null,
	price_usd numeric not null,
	unit_price_usd numeric not null, -- price_usd / per_units, exact
	valid_from date not null,
	valid_to date not null,
	origin text not null,            -- 'refdata', or the import that brought it
	primary key (provider, model, usage_class, service_tier, billing_rule_version, above_input_tokens, valid_from)
);
comment on column ref.price.unit_price_usd is 'USD for one unit; exact, because a row whose quotient does not terminate is refused';

create table ref.owner (
	provider text not null,
	match_kind text not null check (match_kind in ('tag', 'principal', 'resource', 'api_key', 'project', 'account')),
	match_value text not null,
	team_id text not null,
	valid_from date not null,
	valid_to date not null,
	primary key (provider, match_kind, match_value, valid_from)
);

create table ref.allocation (
	charge_type text primary key, -- tax, credit, …, or usage:CLASS
	method text not null check (method in ('pro_rata', 'business_unit')),
	target text not null
);

create table ref.account (
	role text primary key, -- clearing, clearing:PROVIDER, suspense, recovery, central
	account text not null
);

create table ref.budget (
	budget_id text not null,
	entity_type text not null,
	entity_id text not null,
	period text not null,
	limit_usd numeric not null,
	alert_thresholds text not null,
	enforced boolean not null,
	tier text not null,
	owner text not null,
	primary key (budget_id, period)
);

create table ref.fx (
	period text not null,
	currency text not null,
	usd_rate numeric not null check (usd_rate > 0),
	primary key (period, currency)
);

-- One row per accepted set of reference data; the newest is in force.
create table ops.refdata (
	refdata_id bigint primary key,
	digest text not null,       -- over content that results depend on
	price_digest text not null, -- over prices and model aliases: the roll-up's ratings depend on these
	files jsonb not null,       -- file name → SHA-256
	applied_at timestamptz not null default clock_timestamp()
);

-- Which day a row is in force.
create function ref.in_force(valid_from date, valid_to date, day date) returns boolean
language sql immutable parallel safe
return valid_from <= day and day < valid_to;

-- Team and business unit that own something of this team or service on that day; none where neither is known.
create view ref.team_in_business_unit as
select t.team_id, t.business_unit_id,
       greatest(t.valid_from, b.valid_from) as valid_from, least(t.valid_to, b.valid_to) as valid_to
  from ref.team t
  join ref.business_unit b using (business_unit_id)
 where greatest(t.valid_from, b.valid_from) < least(t.valid_to, b.valid_to);

-- Who owns a bill line or log record that no event explains: the first kind in this order that has a row in force for it,
-- ties by match_value. No row where nobody does.
create function ref.owner_of(provider text, day date, tags jsonb, principal text, resource_id text, api_key_id text, account_id text)
returns table (team_id text, business_unit_id text, match_kind text, match_value text)
language sql stable parallel safe
as $$
	select t.team_id, t.business_unit_id, o.match_kind, o.match_value
	  from ref.owner o
	  join ref.team_in_business_unit t on t.team_id = o.team_id and ref.in_force(t.valid_from, t.valid_to, owner_of.day)
	 where o.provider = owner_of.provider and ref.in_force(o.valid_from, o.valid_to, owner_of.day)
	   and case o.match_kind
	         when 'tag' then owner_of.tags ->> split_part(o.match_value, '=', 1) = substr(o.match_value, strpos(o.match_value, '=') + 1)
	         when 'principal' then owner_of.principal = o.match_value
	         when 'resource' then owner_of.resource_id = o.match_value
	         when 'api_key' then owner_of.api_key_id = o.match_value
	         else owner_of.account_id = o.match_value end
	 order by array_position(array['tag', 'principal', 'resource', 'api_key', 'project', 'account'], o.match_kind),
	          o.match_value collate "C", o.team_id collate "C"
	 limit 1
$$;

-- Who owns what a team and service did on a day: the team, else the service's team, else nobody: '' and `unattributed`.
create function ref.event_owner(team_id text, service text, day date)
returns table (team text, business_unit text)
language sql stable parallel safe
as $$
	select coalesce(t.team_id, s.team_id, ''), coalesce(t.business_unit_id, s.business_unit_id, 'unattributed')
	  from (values (1)) one
	  left join ref.team_in_business_unit t on t.team_id = event_owner.team_id and ref.in_force(t.valid_from, t.valid_to, event_owner.day)
	  left join (select v.service, v.valid_from as service_from, v.valid_to as service_to, u.*
	               from ref.service v join ref.team_in_business_unit u on u.team_id = v.team_id) s
	         on s.service = event_owner.service and ref.in_force(s.service_from, s.service_to, event_owner.day)
	        and ref.in_force(s.valid_from, s.valid_to, event_owner.day)
$$;
