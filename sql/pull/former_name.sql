-- Under which other name what lies below an address was loaded, by a source that is configured no more. No row: under none.
-- $1 source: text, $2 address: text, $3 configured: text[]
select f.source
  from ops.file f
 where (f.origin = $2 or starts_with(f.origin, rtrim($2, '/') || '/')) and f.source <> $1 and f.source <> all ($3)
   and exists (select from provider.delivery_file x join provider.delivery d using (delivery_id)
                where x.file_id = f.file_id and d.superseded_by is null)
 order by f.file_id desc
 limit 1;
