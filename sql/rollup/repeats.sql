-- Of the records of one (provider, request_id) one is counted: success before partial before other; then more output
-- tokens; then the higher computed cost; then the smaller SHA-256 of the record. Order of arrival plays no part.
-- (A few new rows look for their like by its key; a month of them is joined whole.)
-- $2 oldest_xid: bigint, $3 snapshot: pg_snapshot   of the last run
set local enable_nestloop = on;

create temporary table repeated_key on commit drop as
select distinct f.request_id, f.provider
  from gateway.event f
  join gateway.event e on e.request_id = f.request_id and e.provider = f.provider
                      and (e.file_id <> f.file_id or e.row_no <> f.row_no)
 where f.xid >= $2 and not pg_visible_in_snapshot(f.xid::text::xid8, $3);

analyze repeated_key;

delete from recon.uncounted_event u using repeated_key k
 where u.request_id = k.request_id and u.provider = k.provider;

insert into recon.uncounted_event
select request_id, provider, file_id, row_no, hour, model, team_id, service, computed_cost_usd
  from (select e.request_id, e.provider, e.file_id, e.row_no,
               date_bin('1 hour', e."timestamp", '2000-01-01 00:00:00+00') as hour,
               coalesce(e.model, '') as model, coalesce(e.team_id, '') as team_id,
               coalesce(e.service, '') as service, e.computed_cost_usd,
               row_number() over (
                   partition by e.request_id, e.provider
                   order by case e.status when 'success' then 0 when 'partial' then 1 else 2 end,
                            coalesce(e.output_tokens, 0) desc, e.computed_cost_usd desc nulls last,
                            sha256(convert_to(row(e.request_id, e."timestamp", e.provider, e.model, e.team_id, e.service, e.environment,
                                e.input_tokens, e.output_tokens, e.cache_read_input_tokens, e.cache_write_input_tokens,
                                e.cache_write_1h_input_tokens, e.unit_price, e.computed_cost_usd, e.billing_rule_version,
                                e.status, e.org_id, e.user_id, e.cost_center, e.project_id, e.feature, e.workload_class,
                                e.tenant_id, e.parent_run_id, e.step_kind, e.tool_name, e.workflow_id, e.operation_id,
                                e.originator_id, e.issuance_id, e.signing_key_id, e.envelope_hmac, e.attempt, e.retry_of,
                                e.account_id, e.region, e.api_key_id, e.resource_id, e.service_tier, e.batch, e.cache_hit,
                                e.trace_id, e.attributes)::text, 'UTF8')),
                            e.file_id, e.row_no) as rank
          from gateway.event e
          join repeated_key k on k.request_id = e.request_id and k.provider = e.provider) ranked
 where rank > 1;

insert into stale_hour
select date_bin('1 hour', e."timestamp", '2000-01-01 00:00:00+00')
  from gateway.event e join repeated_key k on k.request_id = e.request_id and k.provider = e.provider
except
select hour from stale_hour;

-- Which of the new files brought how many repeats: every record of a request but the first one loaded.
select ops.count_repeats(array_agg(file_id), array_agg(repeats))
  from (select file_id, count(*) as repeats
          from (select e.file_id, row_number() over (partition by e.request_id, e.provider order by e.file_id, e.row_no) as nth
                  from gateway.event e
                  join repeated_key k on k.request_id = e.request_id and k.provider = e.provider) numbered
         where nth > 1 and file_id in (select file_id from fresh_hour)
         group by file_id) d;

set local enable_nestloop = off;
