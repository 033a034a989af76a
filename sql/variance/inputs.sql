-- Whether the period's result still is what would be computed: the same inputs, and nothing in it that has grown older since.
-- $1 period: text, $2 as_of: timestamptz, $3 options: jsonb, $4 version: text   of the program
with hull as (
	select least(ref.period_start($1), min(usage_from)) as from_time, greatest(ref.period_end($1), max(usage_to)) as to_time
	  from provider.delivery
	 where superseded_by is null and period = $1
), named as ( -- providers whose lines here name requests: those may be of any month
	select distinct a.provider
	  from provider.delivery d
	  join provider.delivery_file f using (delivery_id)
	  join provider.line_attribute a on a.file_id = f.file_id and a.has_request_id
	 where d.superseded_by is null and d.period = $1 and d.has_request_ids
), input as materialized ( -- (else it is computed for each mention)
	select encode(sha256(convert_to(concat_ws(E'\n', $3::text, $4, (select max(number) from ops.migration),
	           (select digest from ops.refdata order by refdata_id desc limit 1),
	           (select string_agg(d.delivery_id || '>' || coalesce(d.superseded_by, 0), ' ' order by d.delivery_id)
	              from provider.delivery d, hull h
	             where d.period = $1
	                or d.superseded_by is null and (d.has_request_ids or d.bucket_start < h.to_time + interval '1 day' or d.usage_from < h.to_time)),
	           -- how far bills reach into the period, and what each dataset is of
	           (select string_agg(concat_ws(' ', r.provider, r.account_id, r.reach), E'\n' order by r.provider collate "C", r.account_id collate "C")
	              from recon.reach_of($1) r),
	           (select string_agg(distinct concat_ws(' ', d.source, d.dataset, p.provider), E'\n')
	              from provider.delivery d, unnest(d.providers) as p (provider)),
	           (select string_agg(c::text, ' ' order by c.provider collate "C", c.period)
	              from recon.event_change c, hull h
	             where c.period <= ref.period_of(h.to_time) or c.provider in (select provider from named)),
	           (select string_agg(f.file_id::text, ' ' order by f.file_id)
	              from ops.file f
	             where f.period = $1 and f.rows_quarantined > 0
	                or f.format = 'bedrock-log' and f.period <= ref.period_of(ref.period_end($1))),
	           (select string_agg(r.rejected_id::text, ' ' order by r.rejected_id)
	              from (select distinct on (path) * from ops.rejected_file order by path, rejected_id desc) r
             where ref.period_of(r.as_of) = $1
               and not exists (select from ops.file f where f.path = r.path and f.loaded_at > r.rejected_at))), 'UTF8')), 'hex') as digest
)
-- Result: whether it still is, and the digest of what it is computed from.
select coalesce(r.inputs = i.digest and (r.as_of = $2 or r.as_of >= r.steady_from and $2 >= r.steady_from), false), i.digest
  from input i
  left join recon.result r on r.period = $1;
