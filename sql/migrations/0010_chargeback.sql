-- Chargeback: what business units are charged for what was billed. Models and re-allocations are reference data; what they
-- make of a period stands in recon beside its postings, which stay as billed.
create table ref.chargeback (
	business_unit_id text not null,
	model text not null check (model in ('direct', 'allocated', 'tiered', 'showback')),
	markup numeric,                  -- of direct
	pool_usd numeric,                -- of allocated: what all such business units share
	from_tokens numeric not null,    -- of tiered: the band; else 0
	to_tokens numeric,               -- exclusive; null: no end
	usd_per_million numeric,
	valid_from date not null,
	valid_to date not null,
	primary key (business_unit_id, from_tokens, valid_from)
);

create table ref.reallocation (
	from_business_unit text not null,
	basis text not null check (basis in ('usage', 'fixed')),
	to_business_unit text not null,  -- '': all that have usage and are not re-allocated themselves
	share numeric not null,          -- a part of 1; of usage: what is spread of it
	valid_from date not null,
	valid_to date not null,
	primary key (from_business_unit, to_business_unit, valid_from)
);

-- The model by which a business unit was charged, of those that have one.
create table recon.charge_model (
	period text not null,
	business_unit text not null,
	model text not null,
	primary key (period, business_unit)
);

-- What is charged beyond what was billed, in either direction, in the grain of postings. Re-allocations sum to 0 per provider;
-- recovery is the difference between what is charged and what it cost.
create table recon.charge (
	period text not null,
	with_estimate boolean not null,  -- as an accrual sees it: with what no bill has reached
	step text not null check (step in ('reallocated_out', 'reallocated_in', 'recovery')),
	provider text not null,
	business_unit text not null,
	team_id text not null,
	service text not null,
	environment text not null,
	tenant_id text not null,
	feature text not null,
	model text not null,
	usage_class text not null,
	amount_usd numeric not null
);
create index on recon.charge (period);

-- How the amounts of a business unit came about: amount = quantity × rate ÷ per, but for what sharing rounds.
create table recon.charge_step (
	period text not null,
	with_estimate boolean not null,
	business_unit text not null,
	step text not null check (step in ('reallocated_out', 'reallocated_in', 'markup', 'pool', 'band')),
	detail text not null,            -- the other business unit, or the band
	place numeric not null,          -- among the steps of one name
	quantity numeric not null,
	per numeric not null,
	rate numeric not null,
	amount_usd numeric not null
);
create index on recon.charge_step (period);

-- Where what is charged is debited: what is only shown to a business unit is borne centrally.
create function ledger.charge_place(period text, business_unit text, team_id text) returns table (cost_center text, account text)
language sql stable
as $$
	select case when m.is_shown then '' else p.cost_center end,
	       case when m.is_shown then coalesce((select account from ref.account where role = 'central'), 'central') else p.account end
	  from ledger.debit_place(charge_place.period, charge_place.business_unit, charge_place.team_id) p
	 cross join (select exists (select from recon.charge_model c where c.period = charge_place.period
	                               and c.business_unit = charge_place.business_unit and c.model = 'showback') as is_shown) m
$$;

-- What a period's debits are, exact: what is billed (for an accrual with what no bill has reached) at the place of whom it was
-- billed to, and what is charged at the place that is debited.
create or replace function ledger.debit_cells(period text, with_estimate boolean) returns setof ledger.cell
language sql stable
as $$
	with part as (
		select provider, business_unit, team_id, sum(billed) as billed, sum(billed + beyond) as charged
		  from (select p.provider, p.business_unit, p.team_id, p.usage_billed + p.charges as billed, 0 as beyond
		          from recon.posting p where p.period = debit_cells.period
		        union all
		        select e.provider, e.business_unit, e.team_id, e.amount_usd, 0
		          from recon.accrual_estimate e where e.period = debit_cells.period and debit_cells.with_estimate
		        union all
		        select c.provider, c.business_unit, c.team_id, 0, c.amount_usd
		          from recon.charge c where c.period = debit_cells.period and c.with_estimate = debit_cells.with_estimate) a
		 group by provider, business_unit, team_id
	)
	select provider, business_unit, cost_center, account, sum(billed), sum(charged)
	  from (select c.provider, c.business_unit, p.cost_center, p.account, c.billed, 0 as charged
	          from part c cross join lateral ledger.debit_place(debit_cells.period, c.business_unit, c.team_id) p
	        union all
	        select c.provider, c.business_unit, p.cost_center, p.account, 0, c.charged
	          from part c cross join lateral ledger.charge_place(debit_cells.period, c.business_unit, c.team_id) p) d
	 group by provider, business_unit, cost_center, account
$$;

-- What a journal line stands for; told from the line alone, so that it stays what it is.
create function ledger.line_kind(business_unit text, memo text) returns text
language sql immutable
return case when memo like 'ADJ-%' then 'adjustment' when business_unit <> '' then 'charge' when memo ~ ' recovery(, |$)' then 'recovery' else 'clearing' end;

-- How each business unit's charge comes about, line by line: what is billed, what is re-allocated, how its model reckons, what is
-- charged, or borne centrally. Lines with a rate are quantity × rate ÷ per.
create function recon.charge_arithmetic(period text, with_estimate boolean)
returns table (business_unit text, line bigint, step text, detail text, quantity numeric, per numeric, rate numeric, amount_usd numeric)
language sql stable
as $$
	with unit as (
		select business_unit, sum(billed) as billed, sum(estimate) as estimate, sum(moved) as moved, sum(recovery) as recovery
		  from (select v.business_unit, 0 as billed, 0 as estimate, 0 as moved, 0 as recovery from recon.variance v where v.period = charge_arithmetic.period
		        union all
		        select p.business_unit, p.usage_billed + p.charges, 0, 0, 0 from recon.posting p where p.period = charge_arithmetic.period
		        union all
		        select e.business_unit, 0, e.amount_usd, 0, 0
		          from recon.accrual_estimate e where e.period = charge_arithmetic.period and charge_arithmetic.with_estimate
		        union all
		        select c.business_unit, 0, 0, case when c.step <> 'recovery' then c.amount_usd else 0 end, case when c.step = 'recovery' then c.amount_usd else 0 end
		          from recon.charge c where c.period = charge_arithmetic.period and c.with_estimate = charge_arithmetic.with_estimate) a
		 group by business_unit
	), reckoned as (
		select s.* from recon.charge_step s where s.period = charge_arithmetic.period and s.with_estimate = charge_arithmetic.with_estimate
	)
	select l.business_unit, row_number() over (partition by l.business_unit order by l.place, l.step, l.place_in_step), l.step, l.detail, l.quantity, l.per,
	       l.rate, l.amount_usd
	  from (select u.business_unit, 1 as place, 0::numeric as place_in_step, 'billed' as step, '' as detail, null::numeric as quantity, null::numeric as per,
	               null::numeric as rate, u.billed as amount_usd from unit u
	        union all
	        select u.business_unit, 2, 0, 'estimate', '', null, null, null, u.estimate from unit u where u.estimate <> 0
	        union all
	        select r.business_unit, case when r.step in ('reallocated_out', 'reallocated_in') then 3 else 5 end, r.place, r.step, r.detail, r.quantity, r.per,
	               r.rate, r.amount_usd from reckoned r
	        union all
	        select u.business_unit, 4, 0, 'cost', '', null, null, null, u.billed + u.estimate + u.moved
	          from unit u where u.estimate <> 0 or exists (select from reckoned r where r.business_unit = u.business_unit and r.step in ('reallocated_out', 'reallocated_in'))
	        union all
	        select u.business_unit, 6, 0, case m.model when 'showback' then 'central' else 'charged' end, '', null, null, null,
	               u.billed + u.estimate + u.moved + u.recovery
	          from unit u left join recon.charge_model m on m.period = charge_arithmetic.period and m.business_unit = u.business_unit
	        union all
	        select u.business_unit, 7, 0, 'recovery', '', null, null, null, u.recovery from unit u where u.recovery <> 0) l
$$;
