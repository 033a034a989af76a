-- The schemas, and small functions that give values one form wherever they come from.
create schema gateway;   -- what the gateway says happened
create schema provider;  -- what providers bill and log
create schema ref;       -- reference data, effective-dated
create schema recon;     -- what is computed from the others; can be computed again
create schema ledger;    -- periods and journals
create schema scratch;   -- empty but within a run: what is too large for one process, which temporary tables are tied to

comment on schema gateway is 'events: what the gateway says happened';
comment on schema provider is 'deliveries and lines: what providers bill and log';
comment on schema ref is 'reference data as of the last refdata apply';
comment on schema recon is 'results of reconciliation, per period';
comment on schema ledger is 'journals';
comment on schema scratch is 'working tables of a run, gone at its end';

-- Service tiers of events and of lines: empty, default, auto and on_demand are standard; a batch flag is batch.
create function ref.tier(tier text, batch boolean default false) returns text
language sql immutable parallel safe
return case when batch then 'batch'
            when tier is null then 'standard'
            when lower(tier) in ('', 'default', 'auto', 'on_demand', 'standard') then 'standard'
            else lower(tier) end;

create function ref.environment(environment text) returns text
language sql immutable parallel safe
return case lower(coalesce(environment, ''))
            when 'production' then 'prod' when 'development' then 'dev'
            when 'stage' then 'staging' when 'evaluation' then 'eval'
            else lower(coalesce(environment, '')) end;

create function ref.period_start(period text) returns timestamptz
language sql immutable parallel safe
return make_timestamptz(left(period, 4)::int, right(period, 2)::int, 1, 0, 0, 0, 'UTC');

create function ref.period_end(period text) returns timestamptz
language sql immutable parallel safe
return (ref.period_start(period) at time zone 'UTC' + interval '1 month') at time zone 'UTC';

create function ref.period_of(at timestamptz) returns text
language sql immutable parallel safe
return to_char(at at time zone 'UTC', 'YYYY-MM');

create function ref.utc_date(at timestamptz) returns date
language sql immutable parallel safe
return (at at time zone 'UTC')::date;

-- Amounts as files show them: exact, at least two decimals; and as screens show them: cents.
create function ref.amount_text(amount numeric) returns text
language sql immutable parallel safe
return case when scale(trim_scale(amount)) < 2 then round(amount, 2)::text else trim_scale(amount)::text end;

create function ref.amount_screen(amount numeric) returns text
language sql immutable parallel safe
return to_char(round(amount, 2), 'FM999,999,999,999,999,999,999,999,999,999,990.00');

create function ref.amount_as(amount numeric, style text) returns text
language sql immutable parallel safe
return case when style = 'screen' then ref.amount_screen(amount) else ref.amount_text(amount) end;

-- Explanations show all digits of an amount, on screens with its thousands apart.
create function ref.amount_digits(amount numeric, style text) returns text
language sql immutable parallel safe
return case when style = 'screen' then regexp_replace(split_part(ref.amount_text(amount), '.', 1), '(\d)(?=(\d{3})+$)', '\1,', 'g') || '.'
                                       || split_part(ref.amount_text(amount), '.', 2)
            else ref.amount_text(amount) end;
