-- Judges the events of odd_event (rows of recon.judged_event): how a gateway's cost departs from the rule, and why where that
-- can be told. A cause explains a cost when the cost it predicts is within the tolerance, max(0.000001, 0.1 %) of the rule
-- cost; of several the one that comes nearest. Creates verdict: one row per event and code.
create temporary table misrated on commit drop as
select e.*,
       case when e.computed = 0 and e.status = 'success' then 'zero_cost_success'
            else (select c.code
                    from (values ('cache_double_count', 1, e.n_cache_read > 0, e.rule_cost + e.n_cache_read * coalesce(e.p_input, 0)),
                                 ('cache_double_count', 1, e.n_cache_read > 0,
                                  e.rule_cost + (e.n_cache_read + e.n_cache_write_5m + e.n_cache_write_1h) * coalesce(e.p_input, 0)),
                                 ('cache_tokens_lost', 2, e.r_cache_read > 0, e.rule_cost - e.r_cache_read),
                                 ('cache_tokens_lost', 2, e.r_cache_read + e.r_cache_write_5m + e.r_cache_write_1h > 0, e.r_input + e.r_output),
                                 ('cache_write_ttl_mispriced', 3, e.n_cache_write_1h > 0,
                                  e.rule_cost - e.r_cache_write_1h + e.n_cache_write_1h * coalesce(e.p_cache_write_5m, 0)))
                         c (code, place, applies, predicted)
                   where c.applies and abs(c.predicted - e.computed) <= e.tolerance
                   order by abs(c.predicted - e.computed), c.place limit 1)
       end as code
  from odd_event e
 where e.billable and not e.unpriced and abs(e.rule_cost - e.computed) > e.tolerance;

-- The same tokens at another tier's price, or at another model's: only for what has no cause yet.
create temporary table other_rate on commit drop as
select k.*, o.kind, o.model as other_model, o.tier as other_tier,
       recon.price_of(k.provider, o.model, o.tier, k.billing_rule_version, k.unit_price, k.price_day, k.probe_tokens, 'input') as p_input,
       recon.price_of(k.provider, o.model, o.tier, k.billing_rule_version, k.unit_price, k.price_day, k.probe_tokens, 'cache_read') as p_cache_read,
       recon.price_of(k.provider, o.model, o.tier, k.billing_rule_version, k.unit_price, k.price_day, k.probe_tokens, 'cache_write_5m') as p_cache_write_5m,
       recon.price_of(k.provider, o.model, o.tier, k.billing_rule_version, k.unit_price, k.price_day, k.probe_tokens, 'cache_write_1h') as p_cache_write_1h,
       recon.price_of(k.provider, o.model, o.tier, k.billing_rule_version, k.unit_price, k.price_day, k.probe_tokens, 'output') as p_output
  from (select distinct provider, model, service_tier, billing_rule_version, unit_price, price_day, probe_tokens
          from misrated where code is null) k
  cross join lateral (
	select distinct 'service_tier_mismatch' as kind, k.model, p.service_tier as tier
	  from ref.price p
	 where p.provider = k.provider and p.model = k.model and p.service_tier <> k.service_tier
	union all
	select distinct 'fallback_model_mismatch', p.model, k.service_tier
	  from ref.price p
	 where p.provider = k.provider and p.model <> k.model) o;

analyze other_rate;

update misrated m
   set code = c.code
  from (select m.request_id, m.provider, max(o.kind) as code -- service_tier_mismatch before fallback_model_mismatch
          from misrated m
          join other_rate o
            on o.provider = m.provider and o.model = m.model and o.service_tier = m.service_tier
           and o.billing_rule_version = m.billing_rule_version and o.unit_price is not distinct from m.unit_price
           and o.price_day = m.price_day and o.probe_tokens = m.probe_tokens
         where m.code is null and m.computed > m.tolerance
           and abs(m.n_input * coalesce(o.p_input, 0) + m.n_cache_read * coalesce(o.p_cache_read, 0)
                   + m.n_cache_write_5m * coalesce(o.p_cache_write_5m, 0)
                   + m.n_cache_write_1h * coalesce(o.p_cache_write_1h, 0)
                   + m.n_output * coalesce(o.p_output, 0) - m.computed) <= m.tolerance
         group by m.request_id, m.provider) c
 where m.request_id = c.request_id and m.provider = c.provider;

create temporary table verdict on commit drop as
select hour, coalesce(code, 'rating_mismatch') as code, provider, model, team_id, service, request_id, rule_cost - computed as amount
  from misrated
union all
select e.hour, f.code, e.provider, e.model, e.team_id, e.service, e.request_id, f.amount
  from odd_event e
  cross join lateral (
	select 'unpriced_model' as code, e.rule_cost - e.computed as amount where e.billable and e.unpriced
	union all
	select 'unknown_billing_rule', e.rule_cost - e.computed where e.billable and not e.version_known
	union all
	select 'token_counts_inconsistent', e.computed where e.inconsistent
	union all
	select 'partial_stream', e.computed where e.status = 'partial'
	union all
	select 'cache_hit_charged', e.stated_cost where e.hit_charged) f;
