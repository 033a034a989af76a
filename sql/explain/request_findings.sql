-- The exception codes that this request contributes to, with cause and remedy.
-- $1 request_id: text, $2 provider: text, $4 style: text
with found as (
	select code, amount from verdict
	union all
	select 'missing_team', computed from seen_request where billable and team_id = ''
	union all
	select 'unknown_team', computed
	  from seen_request e
	 where billable and team_id <> ''
	   and not exists (select from ref.team_in_business_unit t
	                    where t.team_id = e.team_id and ref.in_force(t.valid_from, t.valid_to, ref.utc_date(e."timestamp")))
	union all
	select 'unknown_service', computed
	  from seen_request e
	 where billable and service <> ''
	   and not exists (select from ref.service s where s.service = e.service and ref.in_force(s.valid_from, s.valid_to, ref.utc_date(e."timestamp")))
	union all
	select 'invalid_environment', computed from seen_request where billable and environment not in ('dev', 'staging', 'prod', 'eval')
	union all
	select 'duplicate_event', coalesce(sum(computed_cost_usd), 0)
	  from recon.uncounted_event where request_id = $1 and provider = $2 having count(*) > 0
	union all
	select 'retry_double_count', e.computed
	  from seen_request e
	  join recon.priced_event first on first.provider = e.provider and first.request_id = e.retry_of and first.billable
	 where e.billable and e.computed > 0 and coalesce(first.stated_cost, first.rule_cost) > 0
	union all
	select case when e.status = 'error' then 'billed_failure' else 'unmetered_usage' end, sum(l.cost_usd)
	  from seen_request e join seen_line l on l.charge_type = 'usage' and l.cost_usd is not null
	 where not e.billable group by e.status
	union all
	select 'late_event', sum(amount)
	  from (select l.cost_usd as amount from seen_request e join seen_line l on l.charge_type = 'usage' and l.cost_usd is not null and l.period <> e.period
	         where e.billable
	        union all
	        select s.share from seen_share s where s.period <> s.event_period) late
	having sum(amount) <> 0
	union all
	select 'duplicate_line', sum(cost_usd * (times - 1))
	  from (select cost_usd, count(*) as times
	          from seen_line where charge_type = 'usage' and cost_usd is not null
	         group by delivery_id, usage_class, usage_start, usage_end, quantity, cost_usd having count(*) > 1) d
	having count(*) > 0
	union all
	select 'missing_event', sum(k.n * coalesce(recon.price_of(l.provider, l.model, 'standard', '', null, ref.utc_date(l."timestamp"),
	                                                          l.input_tokens + l.cache_read_input_tokens + l.cache_write_input_tokens, k.class), 0))
	  from seen_log l
	  cross join lateral (values ('input', l.input_tokens), ('cache_read', l.cache_read_input_tokens),
	                             ('cache_write_5m', l.cache_write_input_tokens - coalesce(l.cache_write_1h_input_tokens, 0)),
	                             ('cache_write_1h', coalesce(l.cache_write_1h_input_tokens, 0)), ('output', l.output_tokens)) k (class, n)
	 where not exists (select from seen_request) having count(*) > 0
	union all
	select 'token_mismatch', sum((k.logged - k.metered) * coalesce(k.price, 0))
	  from seen_log l
	  join seen_request e on e.billable
	  cross join lateral (values (l.input_tokens, e.n_input, e.p_input), (l.cache_read_input_tokens, e.n_cache_read, e.p_cache_read),
	                             (l.cache_write_input_tokens - coalesce(l.cache_write_1h_input_tokens, e.n_cache_write_1h), e.n_cache_write_5m, e.p_cache_write_5m),
	                             (coalesce(l.cache_write_1h_input_tokens, e.n_cache_write_1h), e.n_cache_write_1h, e.p_cache_write_1h),
	                             (l.output_tokens, e.n_output, e.p_output)) k (logged, metered, price)
	having bool_or(k.logged <> k.metered)
	union all
	select 'unmetered_usage', sum(cost_usd) from seen_line
	 where charge_type = 'usage' and cost_usd is not null and not exists (select from seen_request) having count(*) > 0
)
select f.code, c.class, c.severity, ref.amount_digits(f.amount, $4) as amount_usd, c.cause, c.remedy
  from found f join recon.exception_code c using (code)
 order by c.class collate "C", f.code collate "C";
