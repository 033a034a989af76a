-- Repeats, retries, and what the provider's log says otherwise: the largest 20.
-- $4 style: text
with retry as materialized (
	select e.*
	  from seen_exception x
	  join recon.priced_event e on e.provider = x.provider and e.model = x.model and e.service = x.service
	                           and e."timestamp" >= x.period_start and e."timestamp" < x.period_end
	 where x.code = 'retry_double_count' and e.retry_of is not null and e.billable and coalesce(e.stated_cost, e.rule_cost) > 0
), found as (
	select u.request_id as id, u.hour as at, 'not counted: ' || coalesce(regexp_replace(f.path, '^.*/', ''), 'written by the gateway') || ':' || u.row_no as what,
	       coalesce(u.computed_cost_usd, 0) as amount, u.team_id, u.service
	  from seen_exception x
	  join recon.uncounted_event u on u.provider = x.provider and u.service = x.service
	                              and u.hour >= x.period_start and u.hour < x.period_end
	  left join ref.model_alias m on m.provider = u.provider and m.alias = u.model
	  left join ops.file f on f.file_id = u.file_id
	 where x.code = 'duplicate_event' and coalesce(m.model, u.model) = x.model
	union all
	select e.request_id, e."timestamp", 'repeats ' || e.retry_of, coalesce(e.stated_cost, e.rule_cost), e.team_id, e.service
	  from retry e
	  cross join lateral (select p.billable, coalesce(p.stated_cost, p.rule_cost) as computed
	                        from recon.priced_event p where p.provider = e.provider and p.request_id = e.retry_of offset 0) first
	 where first.billable and first.computed > 0
	union all
	select l.request_id, l."timestamp",
	       'logged less metered: ' || concat_ws(', ', 'input ' || nullif(l.input_tokens - e.n_input, 0),
	                                            'cache reads ' || nullif(l.cache_read_input_tokens - e.n_cache_read, 0),
	                                            'cache writes ' || nullif(l.cache_write_input_tokens - e.n_cache_write_5m - e.n_cache_write_1h, 0),
	                                            'output ' || nullif(l.output_tokens - e.n_output, 0)),
	       (l.input_tokens - e.n_input) * coalesce(e.p_input, 0) + (l.cache_read_input_tokens - e.n_cache_read) * coalesce(e.p_cache_read, 0)
	       + (l.cache_write_input_tokens - coalesce(l.cache_write_1h_input_tokens, e.n_cache_write_1h) - e.n_cache_write_5m) * coalesce(e.p_cache_write_5m, 0)
	       + (coalesce(l.cache_write_1h_input_tokens, e.n_cache_write_1h) - e.n_cache_write_1h) * coalesce(e.p_cache_write_1h, 0)
	       + (l.output_tokens - e.n_output) * coalesce(e.p_output, 0), e.team_id, e.service
	  from seen_exception x
	  join provider.usage_log l on l.provider = x.provider and l."timestamp" >= x.period_start and l."timestamp" < x.period_end
	  join recon.priced_event e on e.provider = l.provider and e.request_id = l.request_id and e.billable and e.model = x.model and e.service = x.service
	 where x.code = 'token_mismatch'
	   and ((l.input_tokens, l.cache_read_input_tokens, l.cache_write_input_tokens, l.output_tokens)
	        is distinct from (e.n_input, e.n_cache_read, e.n_cache_write_5m + e.n_cache_write_1h, e.n_output)
	        or coalesce(l.cache_write_1h_input_tokens, e.n_cache_write_1h) <> e.n_cache_write_1h)
), owned as (
	select f.*
	  from found f
	  cross join seen_exception x
	  cross join lateral ref.event_owner(f.team_id, f.service, ref.utc_date(f.at)) own
	 where own.team = x.team_id and own.business_unit = x.business_unit
	union all
	select l.request_id, l."timestamp", concat_ws(', ', 'logged for ' || l.principal, l.operation, 'input ' || l.input_tokens, 'output ' || l.output_tokens),
	       k.amount, '', ''
	  from seen_exception x
	  join provider.usage_log l on l.provider = x.provider and l."timestamp" >= x.period_start and l."timestamp" < x.period_end
	  left join ref.model_alias m on m.provider = l.provider and m.alias = l.model
	  left join lateral ref.owner_of(l.provider, ref.utc_date(l."timestamp"), null, l.principal, null, null, l.account_id) w on true
	  cross join lateral (
		select sum(n * coalesce(recon.price_of(l.provider, coalesce(m.model, l.model, ''), 'standard', '', null, ref.utc_date(l."timestamp"),
		                                       l.input_tokens + l.cache_read_input_tokens + l.cache_write_input_tokens, class), 0)) as amount
		  from (values ('input', l.input_tokens), ('cache_read', l.cache_read_input_tokens),
		               ('cache_write_5m', l.cache_write_input_tokens - coalesce(l.cache_write_1h_input_tokens, 0)),
		               ('cache_write_1h', coalesce(l.cache_write_1h_input_tokens, 0)), ('output', l.output_tokens)) v (class, n)) k
	 where x.code = 'missing_event' and coalesce(m.model, l.model, '') = x.model
	   and l.input_tokens + l.cache_read_input_tokens + l.cache_write_input_tokens + l.output_tokens > 0
	   and not exists (select from gateway.event e where e.provider = l.provider and e.request_id = l.request_id)
	   and (coalesce(w.team_id, ''), coalesce(w.business_unit_id, 'unattributed')) in ((x.team_id, x.business_unit), ('', 'unattributed'))
)
select id, to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at, what, ref.amount_digits(amount, $4) as amount_usd
  from owned
 order by abs(amount) desc, id collate "C", what collate "C"
 limit 20;
