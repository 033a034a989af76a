-- See packet/scope_period; after explain/bucket_events.
create temporary table packet_key on commit drop as
select b.provider, null::text as business_unit, null::text as cost_center, null::text as team_id, null::text as service, null::text as model,
       null::text as request_id, b.bucket_no
  from asked_bucket s join recon.bucket b on b.period = s.period and b.bucket_no = s.bucket_no
union all
select distinct provider, null, null, null, null, null, request_id, null::bigint from bucket_event;
