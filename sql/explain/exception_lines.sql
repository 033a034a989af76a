-- The largest 20 bill lines behind it: of a model that nobody knows, or in a currency without rate.
-- $4 style: text
select regexp_replace(f.path, '^.*/', '') || ':' || l.line_no as id, to_char(l.usage_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at,
       concat_ws(', ', d.source || ' delivery ' || d.delivery_id, a.charge_type, a.account_id, a.model, a.usage_class, l.quantity || ' ' || a.unit,
                 ref.amount_digits(l.cost, $4) || ' ' || a.currency, nullif(a.description, '')) as what,
       ref.amount_digits(case when a.currency = 'USD' then l.cost else l.cost * c.usd_rate end, $4) as amount_usd
  from seen_exception x
  join recon.counted_delivery d on d.period = x.period
  join provider.line_fact l on l.period = d.period and l.delivery_id = d.delivery_id and l.cost is not null
  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.provider = x.provider
  left join ref.model_alias m on m.provider = a.provider and m.alias = a.model
  left join ref.fx c on c.period = l.period and c.currency = a.currency
  join ops.file f on f.file_id = l.file_id
 where case x.code when 'unmapped_model' then coalesce(m.model, a.model) = x.model and a.charge_type = 'usage'
                   else a.currency <> 'USD' and c.usd_rate is null end
 order by abs(l.cost) desc, l.file_id, l.line_no
 limit 20;
