-- lines.csv: the lines as they are stored, where there are more than fit those that cost most.
-- $3 period: text, $6 rows: bigint
select p.file, p.line_no::text as line, d.source, d.dataset, p.delivery_id::text as delivery, a.provider, p.step,
       case when p.bucket_no is not null then $3 || '/bucket/' || p.bucket_no end as bucket, p.request_id, a.charge_type, a.account_id, a.region, a.model,
       a.usage_class, a.service_tier, a.resource_id, a.principal, a.api_key_id, to_char(p.usage_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as usage_start,
       to_char(p.usage_end at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as usage_end, trim_scale(p.quantity)::text as quantity, a.unit,
       ref.amount_text(p.cost) as cost, a.currency, ref.amount_text(p.cost_usd) as cost_usd, a.invoice_id, a.tags::text as tags, a.description, p.digest
  from (select * from packet_lines order by abs(cost_usd) desc nulls last, file collate "C", digest, line_no, attribute_no limit $6) p
  join provider.line_attribute a on a.file_id = p.file_id and a.attribute_no = p.attribute_no
  join provider.delivery d on d.delivery_id = p.delivery_id
 order by p.file collate "C", p.digest, p.line_no, p.attribute_no;
