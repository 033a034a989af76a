-- What is wrong with each event of seen_event, as the roll-up finds it (rollup/findings.sql keeps only sums by the hour).
create temporary table seen_rating on commit drop as
select e.*,
       case
         when e.computed = 0 and e.status = 'success' then 'zero_cost_success'
         when e.n_cache_read > 0 and (abs(e.rule_cost + e.n_cache_read * coalesce(e.p_input, 0) - e.computed) <= e.tolerance
              or abs(e.rule_cost + (e.n_cache_read + e.n_cache_write_5m + e.n_cache_write_1h) * coalesce(e.p_input, 0)
                     - e.computed) <= e.tolerance) then 'cache_double_count'
         when e.r_cache_read > 0 and abs(e.rule_cost - e.r_cache_read - e.computed) <= e.tolerance
              or e.r_cache_read + e.r_cache_write_5m + e.r_cache_write_1h > 0
                 and abs(e.r_input + e.r_output - e.computed) <= e.tolerance then 'cache_tokens_lost'
         when e.n_cache_write_1h > 0 and abs(e.rule_cost - e.r_cache_write_1h
              + e.n_cache_write_1h * coalesce(e.p_cache_write_5m, 0) - e.computed) <= e.tolerance then 'cache_write_ttl_mispriced'
       end as code
  from (select s.*, greatest(0.000001, 0.001 * s.rule_cost) as tolerance,
               (s.n_input > 0 and s.p_input is null) or (s.n_cache_read > 0 and s.p_cache_read is null)
               or (s.n_cache_write_5m > 0 and s.p_cache_write_5m is null)
               or (s.n_cache_write_1h > 0 and s.p_cache_write_1h is null)
               or (s.n_output > 0 and s.p_output is null) as unpriced
          from seen_event s
         where s.billable and s.price_day is not null) e;

create temporary table seen_other_rate on commit drop as
select k.*, o.kind, x.p_input, x.p_cache_read, x.p_cache_write_5m, x.p_cache_write_1h, x.p_output
  from (select distinct provider, model, service_tier, billing_rule_version, unit_price, price_day, probe_tokens
          from seen_rating where code is null and not unpriced and abs(rule_cost - computed) > tolerance) k
  cross join lateral (
	select distinct 'service_tier_mismatch' as kind, k.model, p.service_tier as tier
	  from ref.price p
	 where p.provider = k.provider and p.model = k.model and p.service_tier <> k.service_tier
	union all
	select distinct 'fallback_model_mismatch', p.model, k.service_tier
	  from ref.price p
	 where p.provider = k.provider and p.model <> k.model) o (kind, other_model, other_tier)
  cross join lateral (
	select max(value) filter (where class = 'input'), max(value) filter (where class = 'cache_read'),
	       max(value) filter (where class = 'cache_write_5m'), max(value) filter (where class = 'cache_write_1h'),
	       max(value) filter (where class = 'output')
	  from (select class, coalesce(recon.price_of(k.provider, o.other_model, o.other_tier, k.billing_rule_version, k.unit_price,
	                                              k.price_day, k.probe_tokens, class), 0) as value
	          from unnest(array['input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output']) class) v
	) x (p_input, p_cache_read, p_cache_write_5m, p_cache_write_1h, p_output);

create temporary table seen_finding on commit drop as
select e.request_id, e.provider, coalesce(e.code, c.code, 'rating_mismatch') as code, e.rule_cost - e.computed as amount
  from seen_rating e
  left join lateral (
	select max(o.kind) as code -- service_tier_mismatch before fallback_model_mismatch
	  from seen_other_rate o
	 where o.provider = e.provider and o.model = e.model and o.service_tier = e.service_tier
	   and o.billing_rule_version = e.billing_rule_version and o.unit_price is not distinct from e.unit_price
	   and o.price_day = e.price_day and o.probe_tokens = e.probe_tokens and e.computed > e.tolerance
	   and abs(e.n_input * o.p_input + e.n_cache_read * o.p_cache_read + e.n_cache_write_5m * o.p_cache_write_5m
	           + e.n_cache_write_1h * o.p_cache_write_1h + e.n_output * o.p_output - e.computed) <= e.tolerance) c on e.code is null
 where not e.unpriced and abs(e.rule_cost - e.computed) > e.tolerance
union all
select request_id, provider, 'unpriced_model', rule_cost - computed from seen_rating where unpriced
union all
select request_id, provider, 'unknown_billing_rule', rule_cost - computed from seen_rating where not version_known
union all
select request_id, provider, 'token_counts_inconsistent', computed
  from seen_event
 where coalesce(cache_read_input_tokens, 0) + coalesce(cache_write_input_tokens, 0) > coalesce(input_tokens, 0)
    or coalesce(cache_write_1h_input_tokens, 0) > coalesce(cache_write_input_tokens, 0)
union all
select request_id, provider, 'partial_stream', computed from seen_event where status = 'partial'
union all
select request_id, provider, 'cache_hit_charged', stated_cost from seen_event where (status = 'cache_hit' or cache_hit) and stated_cost > 0;
