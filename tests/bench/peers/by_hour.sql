-- Billed, computed and variance of October per business unit where lines have no request ids: what an hour of an account,
-- region, model and class costs is shared by the tokens that the gateway saw. bench.staging: the bill's rows as text;
-- bench.result: what is asked.
set default_statistics_target = 10;
analyze bench.staging (line_item_product_code, line_item_line_item_type, line_item_usage_start_date, line_item_usage_account_id,
	product_region_code, line_item_usage_type);

create temporary table model as
select * from (values ('%Claude4.6Sonnet%', 'global.anthropic.claude-sonnet-4-6'),
                      ('%anthropic.claude-opus-4-8%', 'anthropic.claude-opus-4-8')) v (usage_type, model);
create temporary table line as
with usage as (
	select line_item_usage_start_date, line_item_usage_account_id, product_region_code, line_item_usage_type,
	       sum(line_item_unblended_cost::numeric) as cost
	  from bench.staging
	 where line_item_product_code = 'AmazonBedrock' and line_item_line_item_type = 'Usage'
	 group by 1, 2, 3, 4
)
select line_item_usage_start_date::timestamptz as hour, line_item_usage_account_id as account_id, product_region_code as region,
       m.model,
       case when line_item_usage_type like '%-cache-read-input-token-count' then 'cache_read'
            when line_item_usage_type like '%-input-tokens' then 'input'
            when line_item_usage_type like '%-output-tokens' then 'output' end as class,
       sum(cost) as cost
  from usage
  join model m on line_item_usage_type like m.usage_type
 group by 1, 2, 3, 4, 5;

create temporary table metered as
select date_trunc('hour', e.timestamp) as hour, e.account_id, e.region, e.model, t.business_unit_id,
       sum(e.input_tokens - e.cache_read_input_tokens - e.cache_write_input_tokens) as input,
       sum(e.cache_read_input_tokens) as cache_read, sum(e.output_tokens) as output,
       sum(e.computed_cost_usd) as computed
  from gateway.event e
  join ref.team t on t.team_id = e.team_id and e.timestamp >= t.valid_from and e.timestamp < t.valid_to
 where e.timestamp >= '2026-10-01' and e.timestamp < '2026-11-01' and e.status in ('success', 'partial')
   and e.provider = 'bedrock'
 group by 1, 2, 3, 4, 5;
analyze line;
analyze metered;

create table bench.result as
with share as (
	select m.hour, m.account_id, m.region, m.model, m.business_unit_id, c.class, c.tokens,
	       sum(c.tokens) over (partition by m.hour, m.account_id, m.region, m.model, c.class) as all_tokens
	  from metered m,
	       lateral (values ('input', m.input), ('cache_read', m.cache_read), ('output', m.output)) c (class, tokens)
), billed as (
	select s.business_unit_id, sum(l.cost * s.tokens / s.all_tokens) as usd
	  from share s
	  join line l using (hour, account_id, region, model, class)
	 where s.all_tokens > 0
	 group by 1
), computed as (
	select business_unit_id, sum(computed) as usd from metered group by 1
)
select business_unit_id, coalesce(c.usd, 0) as computed_usd, coalesce(b.usd, 0) as billed_usd,
       coalesce(b.usd, 0) - coalesce(c.usd, 0) as variance_usd
  from billed b full join computed c using (business_unit_id);
