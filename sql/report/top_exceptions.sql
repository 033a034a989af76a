-- Codes by the amounts that they name, with remedy.
-- $1 period: text, $2 style: text
select e.code, e.severity, count(*)::text as exceptions, sum(e.count)::text as occurrences, ref.amount_as(sum(e.amount_usd), $2) as amount_usd, c.remedy
  from recon.exception e join recon.exception_code c using (code)
 where e.period = $1 and e.status in ('open', 'acknowledged')
 group by e.code, e.severity, c.remedy
 order by case e.severity when 'error' then 0 when 'warning' then 1 else 2 end, abs(sum(e.amount_usd)) desc, e.code collate "C";
