-- The provider's usage log: the middle leg of the three-way match. The record with the most tokens counts.
-- $1 request_id: text, $2 provider: text
select to_char(l."timestamp" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as "timestamp", l.account_id, l.region, l.inference_region, l.model,
       l.operation, l.principal, l.error_code, k.usage_class, k.logged::text as logged, k.metered::text as metered,
       nullif(k.logged - coalesce(k.metered, 0), 0)::text as difference,
       coalesce(regexp_replace(f.path, '^.*/', '') || ':' || l.row_no, '') as source
  from (select * from provider.usage_log where request_id = $1 and provider = $2
         order by output_tokens desc, input_tokens desc, cache_read_input_tokens desc, cache_write_input_tokens desc, file_id, row_no limit 1) l
  left join seen_event e on true
  left join ops.file f on f.file_id = l.file_id
  cross join lateral (values (1, 'input', l.input_tokens, e.n_input), (2, 'cache_read', l.cache_read_input_tokens, e.n_cache_read),
                             (3, 'cache_write', l.cache_write_input_tokens, e.n_cache_write_5m + e.n_cache_write_1h),
                             (4, 'cache_write_1h', l.cache_write_1h_input_tokens, e.n_cache_write_1h),
                             (5, 'output', l.output_tokens, e.n_output)) k (position, usage_class, logged, metered)
 where k.logged > 0 or k.metered > 0
 order by k.position;
