-- See packet/scope_period; after explain/exception_scope. An exception about files and rows alone has no events, lines or postings.
create temporary table packet_key on commit drop as
select nullif(x.provider, '') as provider, nullif(x.business_unit, '') as business_unit, null::text as cost_center, nullif(x.team_id, '') as team_id,
       nullif(x.service, '') as service, nullif(x.model, '') as model, null::text as request_id, null::bigint as bucket_no
  from seen_exception x
 where x.provider <> '' or x.business_unit <> '';
