-- See packet/scope_period; after explain/request.
-- $1 request_id: text, $2 provider: text
create temporary table packet_key on commit drop as
select $2 as provider, null::text as business_unit, null::text as cost_center, null::text as team_id, null::text as service, null::text as model,
       $1 as request_id, null::bigint as bucket_no
union all
select distinct provider, null, null, null, null, null, null, bucket_no from seen_share;
