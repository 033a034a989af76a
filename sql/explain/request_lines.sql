-- Bill lines that name the request, and where they stand.
-- $3 period: text  null = any
-- $4 style: text
select l.period, d.source, d.dataset, l.delivery_id::text as delivery_id, regexp_replace(f.path, '^.*/', '') as file, l.line_no::text as line_no,
       l.charge_type, l.usage_class, l.quantity::text as quantity, l.unit, ref.amount_digits(l.cost, $4) as cost, l.currency,
       ref.amount_digits(l.cost_usd, $4) as cost_usd, l.invoice_id, f.digest
  from seen_line l
  join provider.delivery d using (delivery_id)
  join ops.file f using (file_id)
 where $3 is null or l.period = $3
 order by l.period, l.delivery_id, l.file_id, l.line_no
 limit 100;
