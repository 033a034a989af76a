-- What the provider logged against what the gateway metered.
select k.usage_class, k.logged::text as logged, k.metered::text as metered, nullif(k.logged - coalesce(k.metered, 0), 0)::text as difference
  from seen_log l
  left join seen_request e on true
  cross join lateral (values (1, 'input', l.input_tokens, e.n_input), (2, 'cache_read', l.cache_read_input_tokens, e.n_cache_read),
                             (3, 'cache writes, all', l.cache_write_input_tokens, e.n_cache_write_5m + e.n_cache_write_1h),
                             (4, 'cache_write_1h', l.cache_write_1h_input_tokens, e.n_cache_write_1h),
                             (5, 'output', l.output_tokens, e.n_output)) k (position, usage_class, logged, metered)
 where k.logged > 0 or k.metered > 0
 order by k.position;
