-- Splits each pool's amount over its cells in proportion to their weights, exactly: shares have 12 decimals, what is
-- left of them goes by largest remainder (ties in key order), and what the amount has below the 12th decimal goes to
-- the first cell. Reads share_in, fills share_out anew. Integer arithmetic on units of 10^-12: numeric division is not exact.
truncate share_out;

insert into share_out
select pool, cell,
       sign * ((units + case when rank <= left_over then 1 else 0 end) * 0.000000000001
               + case when cell = first_cell then absolute - pool_units * 0.000000000001 else 0 end)
  from (select f.*, row_number() over (partition by pool order by remainder desc, cell) as rank,
               pool_units - sum(units) over (partition by pool) as left_over,
               min(cell) over (partition by pool) as first_cell
          from (select w.*,
                       div(product, total) - case when mod(product, total) < 0 then 1 else 0 end as units,
                       mod(product, total) + case when mod(product, total) < 0 then total else 0 end as remainder
                  from (select pool, cell, sign(amount) as sign, abs(amount) as absolute,
                               trunc(abs(amount) * 1000000000000) as pool_units,
                               trunc(abs(amount) * 1000000000000) * weight * sign(sum(weight) over (partition by pool)) as product,
                               abs(sum(weight) over (partition by pool)) as total
                          from share_in) w) f) r;
