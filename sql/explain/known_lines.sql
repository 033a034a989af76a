-- Providers whose current bills name this request id. Only partitions that hold request ids are read.
-- $1 id: text, $2 period: text  null = any, $3 provider: text  null = any
select distinct 'request' as kind, a.provider, l.match_key as id, '' as evidence
  from (select distinct period from recon.counted_delivery
         where has_request_ids and ($2 is null or period = $2)) p
  cross join lateral (select * from provider.line_fact f where f.period = p.period and f.match_key = $1 offset 0) l
  join recon.counted_delivery d on d.delivery_id = l.delivery_id
  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.has_request_id
 where $3 is null or a.provider = $3
 order by 2
 limit 20;
