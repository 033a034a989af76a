-- Where the billed quantity comes from when the lines have none: usage reports of the window (match/bucket.sql), the
-- largest 50. A report's day already holds its hours.
create temporary table seen_report on commit drop as
select d.source, d.dataset, l.delivery_id, l.file_id, l.line_no, l.usage_start, l.usage_end, a.account_id, a.model, a.service_tier, l.quantity
  from asked_bucket s
  join recon.bucket b on b.period = s.period and b.bucket_no = s.bucket_no and b.usage_class is not null
  join recon.counted_delivery d on d.usage_from < b.usage_end and d.usage_to > b.usage_start
  join provider.line_fact l on l.delivery_id = d.delivery_id and l.period = d.period and l.cost is null and l.quantity is not null
                           and l.usage_start >= b.usage_start and l.usage_end <= b.usage_end
  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and not a.has_request_id
                                and a.charge_type = 'usage' and a.provider = b.provider and a.usage_class = b.usage_class
  left join ref.model_alias m on m.provider = a.provider and m.alias = a.model
 where exists (select from seen_bucket_line x where x.quantity is null)
   and (a.account_id = b.account_id or a.account_id is null or b.account_id is null)
   and (a.region = b.region or a.region is null or b.region is null)
   and (coalesce(m.model, a.model) = b.model or a.model is null or b.model is null)
   and (ref.tier(a.service_tier) = b.service_tier or a.service_tier is null or b.service_tier is null)
   and (a.api_key_id = b.api_key_id or a.api_key_id is null or b.api_key_id is null)
   and (a.resource_id = b.resource_id or a.resource_id is null or b.resource_id is null);

analyze seen_report;

select u.source, u.dataset, regexp_replace(f.path, '^.*/', '') as file, u.line_no::text as line_no, u.delivery_id::text as delivery_id,
       to_char(u.usage_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as usage_start,
       to_char(u.usage_end at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as usage_end, u.account_id, u.model, u.quantity::text as quantity, f.digest
  from seen_report u
  join ops.file f on f.file_id = u.file_id
 where not exists (select from seen_report v
                    where v.source = u.source and v.usage_start <= u.usage_start and v.usage_end >= u.usage_end
                      and v.usage_end - v.usage_start > u.usage_end - u.usage_start)
 order by u.quantity desc, u.file_id, u.line_no
 limit 50;
