-- See packet/scope_period.
-- $1 id: text   PERIOD/BUSINESS_UNIT
create temporary table packet_key on commit drop as
select null::text as provider, substr($1, 9) as business_unit, null::text as cost_center, null::text as team_id, null::text as service, null::text as model, null::text as request_id, null::bigint as bucket_no;
