-- The three-way match: the provider's usage log against the gateway, request by request. Never changes amounts.
create temporary table period_log on commit drop as
select distinct on (l.provider, l.request_id) l.provider, l.request_id, l."timestamp", l.principal, l.account_id, coalesce(m.model, l.model, '') as model,
       l.input_tokens, l.cache_read_input_tokens, l.cache_write_input_tokens, l.cache_write_1h_input_tokens, l.output_tokens
  from provider.usage_log l
  join run_option o on l."timestamp" >= o.period_start and l."timestamp" < o.period_end
  left join ref.model_alias m on m.provider = l.provider and m.alias = l.model
 order by l.provider, l.request_id, l.output_tokens desc, l.input_tokens desc, l.cache_read_input_tokens desc, l.cache_write_input_tokens desc;

analyze period_log;

insert into finding
select 'missing_event', coalesce(w.business_unit_id, 'unattributed'), coalesce(w.team_id, ''), '', l.provider, l.model, min(l.request_id collate "C"), sum(p.amount), count(*), ''
  from period_log l
  cross join lateral (
	select sum(n * coalesce(recon.price_of(l.provider, l.model, 'standard', '', null, ref.utc_date(l."timestamp"),
	                                       l.input_tokens + l.cache_read_input_tokens + l.cache_write_input_tokens, class), 0)) as amount
	  from (values ('input', l.input_tokens), ('cache_read', l.cache_read_input_tokens),
	               ('cache_write_5m', l.cache_write_input_tokens - coalesce(l.cache_write_1h_input_tokens, 0)),
	               ('cache_write_1h', coalesce(l.cache_write_1h_input_tokens, 0)), ('output', l.output_tokens)) k (class, n)) p
  left join lateral ref.owner_of(l.provider, ref.utc_date(l."timestamp"), null, l.principal, null, null, l.account_id) w on true
 where l.input_tokens + l.cache_read_input_tokens + l.cache_write_input_tokens + l.output_tokens > 0
   and not exists (select from gateway.event e where e.provider = l.provider and e.request_id = l.request_id)
 group by 2, 3, l.provider, l.model;

insert into finding
select 'token_mismatch', w.business_unit, w.team, e.service, e.provider, e.model, min(e.request_id collate "C"), sum(d.amount), count(*), ''
  from period_log l
  join recon.priced_event e on e.provider = l.provider and e.request_id = l.request_id and e.billable
  join day_owner w on w.team_id = e.team_id and w.service = e.service and w.day = ref.utc_date(e."timestamp")
  cross join lateral (
	select (l.input_tokens - e.n_input) * coalesce(e.p_input, 0) + (l.cache_read_input_tokens - e.n_cache_read) * coalesce(e.p_cache_read, 0)
	       + (l.cache_write_input_tokens - coalesce(l.cache_write_1h_input_tokens, e.n_cache_write_1h) - e.n_cache_write_5m) * coalesce(e.p_cache_write_5m, 0)
	       + (coalesce(l.cache_write_1h_input_tokens, e.n_cache_write_1h) - e.n_cache_write_1h) * coalesce(e.p_cache_write_1h, 0)
	       + (l.output_tokens - e.n_output) * coalesce(e.p_output, 0) as amount) d
 where (l.input_tokens, l.cache_read_input_tokens, l.cache_write_input_tokens, l.output_tokens)
       is distinct from (e.n_input, e.n_cache_read, e.n_cache_write_5m + e.n_cache_write_1h, e.n_output)
    or coalesce(l.cache_write_1h_input_tokens, e.n_cache_write_1h) <> e.n_cache_write_1h
 group by w.business_unit, w.team, e.service, e.provider, e.model;
