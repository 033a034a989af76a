-- Billed, computed and variance of October per business unit, each line matched by the request id in its tag.
-- bench.staging: the bill's rows as text; bench.result: what is asked.
-- A small sample is enough for the planner to choose the hash join, and halves the time.
set default_statistics_target = 10;
analyze bench.staging (line_item_product_code, line_item_line_item_type);

create table bench.result as
with billed as (
	select t.business_unit_id, sum(s.line_item_unblended_cost::numeric) as usd
	  from bench.staging s
	  join gateway.event e on e.provider = 'bedrock' and e.request_id = s.resource_tags::jsonb ->> 'user_request_id'
	  join ref.team t on t.team_id = e.team_id and e.timestamp >= t.valid_from and e.timestamp < t.valid_to
	 where s.line_item_product_code = 'AmazonBedrock' and s.line_item_line_item_type = 'Usage'
	 group by 1
), computed as (
	select t.business_unit_id, sum(e.computed_cost_usd) as usd
	  from gateway.event e
	  join ref.team t on t.team_id = e.team_id and e.timestamp >= t.valid_from and e.timestamp < t.valid_to
	 where e.timestamp >= '2026-10-01' and e.timestamp < '2026-11-01' and e.status in ('success', 'partial')
	 group by 1
)
select business_unit_id, coalesce(c.usd, 0) as computed_usd, coalesce(b.usd, 0) as billed_usd,
       coalesce(b.usd, 0) - coalesce(c.usd, 0) as variance_usd
  from billed b full join computed c using (business_unit_id);
