-- What somebody has to look at in a period, and what `nightly` last told of it; both may be empty. One row. Codes that name
-- no amount show how often they occur.
-- $1 period: text
select coalesce($1 || ': ' || nullif(concat_ws('; ', 'in breach: ' || b.units, e.errors), ''), '') as line,
       coalesce((select line from ops.told where period = $1), '') as told
  from (select string_agg(business_unit, ', ' order by business_unit collate "C") as units
          from recon.variance where period = $1 and status = 'breach') b
  cross join (select string_agg(code || case when amount <> 0 then ' ' || ref.amount_screen(amount) || ' USD' else ' (' || occurrences || ')' end,
                                ', ' order by code collate "C") as errors
                from (select code, sum(amount_usd) as amount, sum(count) as occurrences from recon.exception
                       where period = $1 and severity = 'error' and status = 'open' and code <> 'threshold_breach'
                       group by code) c) e;
