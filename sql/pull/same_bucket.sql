-- Which other source's current delivery holds the same bucket, byte for byte. No row: none.
-- $1 source: text, $2 version: text
select d.source
  from ops.file f
  join provider.delivery_file x using (file_id)
  join provider.delivery d using (delivery_id)
 where f.version = $2 and f.source <> $1 and d.superseded_by is null
 limit 1;
