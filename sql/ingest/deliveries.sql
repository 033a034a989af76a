-- Makes deliveries visible: totals from their lines' sums, the files they came in, and the end of those that they supersede.
-- $1 delivery_id: bigint[], $2 source: text, $3 source_type: text, $4 dataset: text[], $5 payer: text[]
-- $6 bucket_start: timestamptz[], $7 bucket_end: timestamptz[], $8 period: text[], $9 label: text
-- $10 link_delivery_id: bigint[], $11 link_file_id: bigint[], $12 control_total: text (null: not checked)
-- $13 as_of: timestamptz
create temporary table new_delivery on commit drop as
select d.*, coalesce(t.line_count, 0) as line_count, coalesce(t.cost, 0) as cost, t.usage_from, t.usage_to,
       coalesce(t.has_request_ids, false) as has_request_ids, coalesce(t.has_other_lines, false) as has_other_lines,
       coalesce(t.providers, '{}') as providers,
       -- A bucket without lines is one of money if its dataset is.
       coalesce(t.has_cost, bool_or(t.has_cost) over (partition by d.dataset) is true
                            or exists (select from provider.delivery p where p.source = $2 and p.dataset = d.dataset and p.has_cost)) as has_cost
  from unnest($1, $4, $5, $6, $7, $8) as d (delivery_id, dataset, payer, bucket_start, bucket_end, period)
  left join (select l.delivery_id, sum(l.lines) as line_count, sum(l.cost) as cost, min(l.usage_start) as usage_from, max(l.usage_end) as usage_to,
                    bool_or(a.has_request_id) as has_request_ids, bool_or(not a.has_request_id) as has_other_lines,
                    bool_or(l.has_cost) as has_cost, array_agg(distinct a.provider collate "C" order by a.provider collate "C") as providers
               from provider.line_sum l
               join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no
              where l.delivery_id = any ($1)
              group by l.delivery_id) t using (delivery_id);

create temporary table superseded on commit drop as
select o.delivery_id, n.delivery_id as superseded_by
  from provider.delivery o
  join new_delivery n on o.source = $2 and o.dataset = n.dataset
                     -- An empty bucket names no payer: nobody has anything in it any more.
                     and (o.payer = n.payer or n.payer = '' and n.line_count = 0)
                     and o.bucket_start = n.bucket_start and o.bucket_end = n.bucket_end
 where o.superseded_by is null;

-- The old one steps back before the new one takes its place among the current ones; its successor exists from the next
-- statement on, which is why the reference is checked at commit.
select provider.supersede(array_agg(delivery_id), array_agg(superseded_by), $13) from superseded having count(*) > 0;

insert into provider.delivery (delivery_id, source, source_type, dataset, payer, bucket_start, bucket_end, period, label, line_count,
	cost, digest, usage_from, usage_to, has_request_ids, has_other_lines, has_cost, providers)
select n.delivery_id, $2, $3, n.dataset, n.payer, n.bucket_start, n.bucket_end, n.period, $9, n.line_count, n.cost,
       encode(sha256(convert_to(coalesce((select string_agg(f.digest, ',' order by f.digest)
                                            from unnest($10, $11) as k (delivery_id, file_id)
                                            join ops.file f using (file_id)
                                           where k.delivery_id = n.delivery_id), ''), 'UTF8')), 'hex'),
       n.usage_from, n.usage_to, n.has_request_ids, n.has_other_lines, n.has_cost, n.providers
  from new_delivery n;

insert into provider.delivery_file
select * from unnest($10, $11);

select (select count(*) from new_delivery), (select count(*) from superseded), trim_scale(t.cost), coalesce(t.cost = $12::numeric, true)
  from (select coalesce(sum(cost), 0) as cost from new_delivery) t;
