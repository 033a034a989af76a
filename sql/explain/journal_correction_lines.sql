-- The largest 20 bill lines of deliveries of the original period that came in between.
-- $4 style: text
select regexp_replace(f.path, '^.*/', '') || ':' || l.line_no as place, to_char(l.usage_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as usage_start, a.charge_type,
       coalesce(a.account_id, '') as account_id, coalesce(a.model, '') as model, coalesce(a.usage_class, '') as usage_class, trim_scale(l.quantity)::text as quantity,
       ref.amount_digits(l.cost, $4) as cost, a.currency, coalesce(a.invoice_id, '') as invoice_id
  from seen_correction x
  join provider.delivery d on d.period = x.corrects and d.delivery_id > x.was_delivery_id and d.delivery_id <= x.last_delivery_id and x.provider = any (d.providers)
  join provider.line_fact l on l.period = d.period and l.delivery_id = d.delivery_id and l.cost is not null
  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.provider = x.provider
  join ops.file f on f.file_id = l.file_id
 where x.cause in ('late_line', 'credit') and (x.cause = 'credit') = (a.charge_type in ('credit', 'refund'))
 order by abs(l.cost) desc, f.path collate "C", l.line_no
 limit 20;
