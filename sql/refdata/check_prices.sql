-- $1 most: bigint   so many problems at most
-- A price for one unit must be exact: counts times prices are compared with bills to the last digit.
-- Result: file, line, message, hint, and how many there are in all.
select 'prices.csv' as file, line,
       format('%s USD for %s units is no finite decimal for one unit', price_usd, per_units) as message,
       'per_units is usually 1, 1000 or 1000000' as hint, count(*) over () as total
  from price_in_file
 where not flawed and mod(price_usd * 1e36, per_units) <> 0
 order by line
 limit $1;
