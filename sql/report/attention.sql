-- What somebody has to look at, in a line; no row when nobody has to.
-- $1 period: text
select $1 || ': ' || concat_ws('; ', 'in breach: ' || b.units, e.errors)
  from (select string_agg(business_unit, ', ' order by business_unit collate "C") as units
          from recon.variance where period = $1 and status = 'breach') b
  cross join (select string_agg(code || ' ' || ref.amount_screen(amount) || ' USD', ', ' order by code collate "C") as errors
                from (select code, sum(amount_usd) as amount from recon.exception
                       where period = $1 and severity = 'error' and status = 'open' and code <> 'threshold_breach'
                       group by code) c) e
 where b.units is not null or e.errors is not null;
