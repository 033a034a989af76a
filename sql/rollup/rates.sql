-- Makes sure that every rate key among the cells has its prices. A change of prices or aliases begins anew.
delete from recon.rate where (select everything from rollup_scope);

insert into recon.rate
with missing as (
	select k.*,
	       case when k.epoch = 0 then coalesce(s.boundaries[1] - 1, '2000-01-01') else s.boundaries[k.epoch] end as day,
	       case when k.band = 0 then 0 else b.thresholds[k.band] + 1 end as probe_tokens
	  from (select distinct c.provider, coalesce(c.model, '') as model, ref.tier(c.service_tier, c.batch) as service_tier,
	               coalesce(c.billing_rule_version, '') as billing_rule_version, coalesce(c.unit_price, 'null') as unit_price,
	               width_bucket(ref.utc_date(c.hour), (select boundaries from recon.price_epoch)) as epoch, c.band,
	               coalesce(a.model, c.model, '') as canonical_model
	          from event_cell c
	          left join ref.model_alias a on a.provider = c.provider and a.alias = c.model) k
	  cross join recon.price_epoch s
	  left join recon.price_band b on b.provider = k.provider and b.model = k.canonical_model
	 where not exists (select from recon.rate r
	                    where r.provider = k.provider and r.model = k.model and r.service_tier = k.service_tier
	                      and r.billing_rule_version = k.billing_rule_version and r.unit_price = k.unit_price
	                      and r.epoch = k.epoch and r.band = k.band)
)
select m.provider, m.model, m.service_tier, m.billing_rule_version, m.unit_price, m.epoch, m.band, m.day, m.probe_tokens,
       m.canonical_model,
       m.billing_rule_version = '' or exists (select from ref.price p where p.billing_rule_version = m.billing_rule_version),
       price.input, price.cache_read, price.cache_write_5m, price.cache_write_1h, price.output
  from missing m
  cross join lateral (
	select max(value) filter (where class = 'input') as input,
	       max(value) filter (where class = 'cache_read') as cache_read,
	       max(value) filter (where class = 'cache_write_5m') as cache_write_5m,
	       max(value) filter (where class = 'cache_write_1h') as cache_write_1h,
	       max(value) filter (where class = 'output') as output
	  from (select class, recon.price_of(m.provider, m.canonical_model, m.service_tier, m.billing_rule_version, m.unit_price,
	                                     m.day, m.probe_tokens, class) as value
	          from unnest(array['input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output']) class) priced) price;

select ops.settle(name) from unnest('{recon.rate, recon.price_epoch}'::regclass[]) name;
