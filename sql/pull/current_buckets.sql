-- What the current deliveries of an API hold: dataset, start, payer, and the version of the file that they came in.
-- $1 source: text, $2 from: timestamptz
select d.dataset, extract(epoch from d.bucket_start)::bigint, coalesce(max(f.version collate "C"), ''), d.payer
  from provider.delivery d
  join provider.delivery_file using (delivery_id)
  join ops.file f using (file_id)
 where d.source = $1 and d.superseded_by is null and d.bucket_start >= $2
 group by d.delivery_id, d.dataset, d.bucket_start, d.payer
 order by d.bucket_start;
