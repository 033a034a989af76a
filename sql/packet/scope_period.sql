-- What the packet is about, as keys: null is any. Those with a request name events and lines, those with a bucket its postings
-- and lines, the others whatever agrees with them.
create temporary table packet_key on commit drop as
select null::text as provider, null::text as business_unit, null::text as cost_center, null::text as team_id, null::text as service, null::text as model,
       null::text as request_id, null::bigint as bucket_no;
