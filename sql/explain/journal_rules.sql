-- The rules by which its owners' metered usage is priced: the billing rule that the events name, and the price that counts (by
-- rule cost; there may be several, then it is their mean).
-- $4 style: text
with seen as (
	select h.model, h.service_tier, h.billing_rule_version, k.class, sum(k.n) as n, sum(k.r) as r
	  from seen_journal_line x
	  join recon.event_hour h on h.provider = x.provider and h.hour >= x.period_start and h.hour < x.period_end
	  cross join lateral ref.event_owner(h.team_id, h.service, ref.utc_date(h.hour)) own
	  join seen_place d on d.business_unit = own.business_unit and d.team_id = own.team
	  cross join lateral (values ('input', h.n_input, h.r_input), ('cache_read', h.n_cache_read, h.r_cache_read), ('cache_write_5m', h.n_cache_write_5m, h.r_cache_write_5m),
	                             ('cache_write_1h', h.n_cache_write_1h, h.r_cache_write_1h), ('output', h.n_output, h.r_output)) k (class, n, r)
	 where k.n > 0 and x.adjustment_id is null
	 group by h.model, h.service_tier, h.billing_rule_version, k.class
)
select model, service_tier, class as usage_class, billing_rule_version, n::text as count, ref.amount_digits(recon.ratio_half_even(r * 1000000, n, 12), $4) as usd_per_million,
       ref.amount_digits(r, $4) as rule_cost_usd
  from seen
 order by r desc, model collate "C", service_tier collate "C", class, billing_rule_version collate "C"
 limit 40;
