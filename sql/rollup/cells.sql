-- One pass over the events of the stale hours: by the hour and everything they name, as they name it. What
-- follows reads these few cells, so that names are made canonical, and prices looked up and multiplied, once per cell and
-- not once per event. (The hours are parameters, because a plan that knows them reads a month in parallel and a day by
-- its block ranges.)
-- $2 from: timestamptz, $3 to: timestamptz, $4 hours: timestamptz[]
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

analyze recon.price_band;
analyze recon.uncounted_event;

create temporary table event_cell on commit drop as
select date_bin('1 hour', e."timestamp", '2000-01-01 00:00:00+00') as hour, e.provider, e.model, e.service_tier, e.batch,
       e.billing_rule_version, e.unit_price, coalesce(width_bucket(coalesce(e.input_tokens, 0) - 1, b.thresholds), 0) as band,
       e.account_id, e.region, e.team_id, e.service, e.environment, e.tenant_id, e.feature, e.computed_cost_usd is null as is_unrated,
       e.status in ('success', 'partial') as billable, count(*) as events,
       sum(greatest(0, coalesce(e.input_tokens, 0) - coalesce(e.cache_read_input_tokens, 0)
                       - coalesce(e.cache_write_input_tokens, 0))) as n_input,
       sum(coalesce(e.cache_read_input_tokens, 0)) as n_cache_read,
       sum(greatest(0, coalesce(e.cache_write_input_tokens, 0) - coalesce(e.cache_write_1h_input_tokens, 0))) as n_cache_write_5m,
       sum(coalesce(e.cache_write_1h_input_tokens, 0)) as n_cache_write_1h,
       sum(coalesce(e.output_tokens, 0)) as n_output,
       sum(e.computed_cost_usd) as stated_cost, min(e.request_id collate "C") as first_request_id
  from gateway.event e
  left join recon.named_band b on b.provider = e.provider and b.name = e.model
 where e."timestamp" >= $2 and e."timestamp" < $3
   and date_bin('1 hour', e."timestamp", '2000-01-01 00:00:00+00') = any ($4)
   and not exists (select from recon.uncounted_event u
                    where u.request_id = e.request_id and u.provider = e.provider
                      and u.file_id = e.file_id and u.row_no = e.row_no)
 group by 1, e.provider, e.model, e.service_tier, e.batch, e.billing_rule_version, e.unit_price, 8, e.account_id, e.region,
          e.team_id, e.service, e.environment, e.tenant_id, e.feature, e.computed_cost_usd is null,
          e.status in ('success', 'partial');

analyze event_cell;
