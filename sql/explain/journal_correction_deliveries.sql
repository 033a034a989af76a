-- Deliveries of the original period that came in between, with the provider's lines; whether they took the place of others.
-- $4 style: text
select d.delivery_id::text as delivery_id, d.dataset, to_char(d.bucket_start at time zone 'UTC', 'YYYY-MM-DD') as bucket,
       case when exists (select from provider.delivery o where o.superseded_by = d.delivery_id) then 'restated' else 'late' end as kind,
       d.line_count::text as lines, ref.amount_as(d.cost, $4) as cost,
       (select string_agg(regexp_replace(f.path, '^.*/', ''), ', ' order by f.path collate "C") from provider.delivery_file k join ops.file f using (file_id)
         where k.delivery_id = d.delivery_id) as files, d.digest
  from seen_correction x
  join provider.delivery d on d.period = x.corrects and d.delivery_id > x.was_delivery_id and d.delivery_id <= x.last_delivery_id and x.provider = any (d.providers)
 where x.cause in ('late_line', 'credit')
 order by abs(d.cost) desc, d.delivery_id
 limit 40;
