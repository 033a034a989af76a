-- Makes sure that every rate key among the events of the stale hours has its prices.
-- A change of prices or aliases begins anew.
delete from recon.rate where (select everything from rollup_scope);

delete from recon.price_band where (select everything from rollup_scope);

insert into recon.price_band
select provider, model, array_agg(distinct above_input_tokens order by above_input_tokens)
  from ref.price
 where above_input_tokens > 0 and (select everything from rollup_scope)
 group by provider, model;

update recon.price_epoch
   set boundaries = coalesce((select array_agg(day order by day)
                                from (select valid_from as day from ref.price where isfinite(valid_from)
                                      union select valid_to from ref.price where isfinite(valid_to)) days), '{}')
 where (select everything from rollup_scope);

-- (A table of its own, because CREATE TABLE AS reads events in parallel and INSERT does not.)
create temporary table event_key on commit drop as
select distinct e.provider, coalesce(e.model, '') as model, ref.tier(e.service_tier, e.batch) as service_tier,
       coalesce(e.billing_rule_version, '') as billing_rule_version, coalesce(e.unit_price, 'null') as unit_price,
       width_bucket(ref.utc_date(e."timestamp"), s.boundaries) as epoch,
       coalesce(width_bucket(coalesce(e.input_tokens, 0) - 1, b.thresholds), 0) as band,
       coalesce(a.model, e.model, '') as canonical_model
  from gateway.event e
  cross join recon.price_epoch s
  left join ref.model_alias a on a.provider = e.provider and a.alias = e.model
  left join recon.price_band b on b.provider = e.provider and b.model = coalesce(a.model, e.model)
 where e."timestamp" >= (select min(hour) from stale_hour)
   and e."timestamp" < (select max(hour) from stale_hour) + interval '1 hour';

insert into recon.rate
with missing as (
	select k.*,
	       case when k.epoch = 0 then coalesce(s.boundaries[1] - 1, '2000-01-01') else s.boundaries[k.epoch] end as day,
	       case when k.band = 0 then 0 else b.thresholds[k.band] + 1 end as probe_tokens
	  from event_key k
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

analyze recon.rate;
analyze recon.price_epoch;
analyze recon.price_band;
analyze recon.uncounted_event;
