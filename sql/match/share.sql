-- Splits each pool's amount over its cells in proportion to their weights, exactly: shares have 12 decimals, what is
-- left of them goes by largest remainder (ties in key order), and what the amount has below the 12th decimal goes to
-- the first cell. Reads share_in, fills share_out anew. Integer arithmetic on units of 10^-12: numeric division is not exact.
-- (offset 0: what is divided is divided once, and not again wherever the quotient is named.)
truncate share_out;

insert into share_out
with pool as (
	select pool, cell, amount, weight, sum(weight) over (partition by pool) as total, trunc(abs(amount) * 1000000000000) as pool_units
	  from share_in
), divided as (
	select p.*, div(pool_units * weight * sign(total), abs(total)) as quotient from pool p offset 0
), rest as (
	select d.*, pool_units * weight * sign(total) - quotient * abs(total) as remainder from divided d offset 0
), cell as ( -- rounded down, also below 0
	select pool, cell, amount, pool_units, quotient - (remainder < 0)::int as units, remainder + case when remainder < 0 then abs(total) else 0 end as remainder
	  from rest
)
select pool, cell,
       sign(amount) * ((units + case when rank <= left_over then 1 else 0 end) * 0.000000000001
                       + case when cell = first_cell then abs(amount) - pool_units * 0.000000000001 else 0 end)
  from (select c.*, row_number() over (partition by pool order by remainder desc, cell) as rank,
               pool_units - sum(units) over (partition by pool) as left_over,
               min(cell) over (partition by pool) as first_cell
          from cell c) r;
