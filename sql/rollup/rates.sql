-- Makes sure that every rate key among the cells has its prices. A change of prices or aliases begins anew.
delete from recon.rate where (select prices from rollup_scope);

create temporary table cell_name on commit drop as
select distinct c.names, width_bucket(ref.utc_date(c.hour), s.boundaries) as epoch
  from event_cell c
 cross join recon.price_epoch s;

insert into recon.rate
with missing as (
	select k.*,
	       case when k.epoch = 0 then coalesce(s.boundaries[1] - 1, '2000-01-01') else s.boundaries[k.epoch] end as day,
	       case when k.band = 0 then 0 else b.thresholds[k.band] + 1 end as probe_tokens
	  from (select distinct c.provider, coalesce(c.model, '') as model, ref.tier(c.service_tier, c.batch) as service_tier,
	               coalesce(c.billing_rule_version, '') as billing_rule_version, coalesce(c.unit_price, 'null') as unit_price,
	               n.epoch, c.band, coalesce(a.model, c.model, '') as canonical_model
	          from cell_name n
	          join recon.event_name c using (names)
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

-- What the cells' names are under their canonical names and prices: kinds, of which new ones get the next numbers.
delete from recon.event_key where (select everything from rollup_scope);
delete from recon.hour_cell where (select everything from rollup_scope);
delete from recon.event_kind where (select everything from rollup_scope);

create temporary table name_kind on commit drop as
select k.*, recon.kind_digest(provider, account_id, region, model, service_tier, team_id, service, environment, tenant_id, feature, billing_rule_version,
                              outcome, classes, p_input, p_cache_read, p_cache_write_5m, p_cache_write_1h, p_output) as digest
  from (select n.names, n.epoch, c.provider, coalesce(c.account_id, '') as account_id, coalesce(c.region, '') as region,
               coalesce(a.model, c.model, '') as model, ref.tier(c.service_tier, c.batch) as service_tier, coalesce(c.team_id, '') as team_id,
               coalesce(c.service, '') as service, ref.environment(c.environment) as environment, coalesce(c.tenant_id, '') as tenant_id,
               coalesce(c.feature, '') as feature, coalesce(c.billing_rule_version, '') as billing_rule_version, c.outcome, c.classes,
               r.input as p_input, r.cache_read as p_cache_read, r.cache_write_5m as p_cache_write_5m, r.cache_write_1h as p_cache_write_1h,
               r.output as p_output,
               c.outcome = 'billable' and (not r.version_known or c.classes & (
                   (r.input is null)::int + ((r.cache_read is null)::int << 1) + ((r.cache_write_5m is null)::int << 2)
                   + ((r.cache_write_1h is null)::int << 3) + ((r.output is null)::int << 4)) <> 0) as is_suspect
          from cell_name n
          join recon.event_name c using (names)
          left join ref.model_alias a on a.provider = c.provider and a.alias = c.model
          left join recon.rate r on r.provider = c.provider and r.model = coalesce(c.model, '') and r.service_tier = ref.tier(c.service_tier, c.batch)
                                and r.billing_rule_version = coalesce(c.billing_rule_version, '') and r.unit_price = coalesce(c.unit_price, 'null')
                                and r.epoch = n.epoch and r.band = c.band) k;

insert into recon.event_kind
select (select coalesce(max(kind_no), 0) from recon.event_kind) + row_number() over (order by digest), n.*
  from (select distinct on (digest) provider, account_id, region, model, service_tier, team_id, service, environment, tenant_id, feature,
               billing_rule_version, outcome, classes, p_input, p_cache_read, p_cache_write_5m, p_cache_write_1h, p_output, digest
          from name_kind k
         where not exists (select from recon.event_kind e where e.digest = k.digest)
         order by digest) n;

select ops.settle('recon.event_kind');
