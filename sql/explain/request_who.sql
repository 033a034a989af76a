-- Who initiated it. One row.
select e.business_unit,
       (select b.name from ref.business_unit b
         where b.business_unit_id = e.business_unit and ref.in_force(b.valid_from, b.valid_to, ref.utc_date(e."timestamp"))) as business_unit_name,
       e.team, e.owned_through, nullif(e.team_id, e.team) as stated_team, g.user_id, g.originator_id, g.org_id, g.project_id, g.cost_center,
       g.issuance_id, g.signing_key_id, g.envelope_hmac, e.tenant_id, e.feature, g.workload_class, e.environment,
       nullif(g.environment, e.environment) as stated_environment, g.parent_run_id, g.step_kind, g.tool_name, g.workflow_id,
       g.operation_id, g.trace_id, g.attempt::text as attempt, e.retry_of
  from seen_request e
  join gateway.event g on g.request_id = e.request_id and g.provider = e.provider and g.file_id = e.file_id and g.row_no = e.row_no;
