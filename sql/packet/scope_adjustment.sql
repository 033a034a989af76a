-- See packet/scope_period.
-- $1 adjustment_id: text
create temporary table packet_key on commit drop as
select a.provider, u.business_unit, null::text as cost_center, null::text as team_id, null::text as service, null::text as model, null::text as request_id, null::bigint as bucket_no
  from ledger.adjustment a cross join lateral unnest(array[a.from_business_unit, a.to_business_unit]) u (business_unit)
 where a.adjustment_id = $1;
