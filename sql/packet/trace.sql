-- trace.csv: where there are more than fit, those that cost most. Counts of input are without cached tokens; prices are for one unit.
-- $6 rows: bigint
select t.request_id, to_char(t."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "timestamp", t.provider, t.model, t.model_as_named,
       t.business_unit, t.team, t.team_id as stated_team, t.service, t.environment, t.tenant_id, t.feature, t.account_id, t.region, t.service_tier, t.status,
       t.billable::text as billable, t.n_input::text as input, t.n_cache_read::text as cache_read, t.n_cache_write_5m::text as cache_write_5m,
       t.n_cache_write_1h::text as cache_write_1h, t.n_output::text as output, trim_scale(t.p_input)::text as input_price,
       trim_scale(t.p_cache_read)::text as cache_read_price, trim_scale(t.p_cache_write_5m)::text as cache_write_5m_price,
       trim_scale(t.p_cache_write_1h)::text as cache_write_1h_price, trim_scale(t.p_output)::text as output_price, t.billing_rule_version,
       ref.amount_text(t.rule_cost) as rule_cost_usd, ref.amount_text(t.stated_cost) as stated_cost_usd, ref.amount_text(t.computed) as computed_usd,
       coalesce(regexp_replace(f.path, '^.*/', ''), '') as file, nullif(t.row_no, 0)::text as line, coalesce(f.digest, '') as digest
  from (select * from packet_trace order by computed desc, request_id collate "C", provider collate "C" limit $6) t
  left join ops.file f on f.file_id = t.file_id
 order by t."timestamp", t.request_id collate "C", t.provider collate "C";
