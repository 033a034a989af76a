-- The counted events in the packet, priced: of the period those that agree with a key, and those that its keys or lines name.
-- $3 period: text
create temporary table packet_request on commit drop as
select provider, request_id from packet_key where request_id is not null
union
select a.provider, p.request_id
  from packet_lines p join provider.line_attribute a on a.file_id = p.file_id and a.attribute_no = p.attribute_no
 where p.request_id is not null;

insert into packet_request
select e.provider, e.request_id
  from packet_correction k
  join gateway.event e on e.provider = k.provider and e."timestamp" >= ref.period_start(k.period) and e."timestamp" < ref.period_end(k.period)
   and case when e.file_id <> 0 then e.file_id > k.was_file_id and e.file_id <= k.last_file_id
            else pg_visible_in_snapshot(e.xid::text::xid8, k.events::pg_snapshot) and not pg_visible_in_snapshot(e.xid::text::xid8, k.was_events::pg_snapshot) end
except
select provider, request_id from packet_request;

analyze packet_request;

create temporary table packet_event on commit drop as
select e.*, coalesce(e.stated_cost, e.rule_cost) as computed
  from recon.priced_event e
 where (e."timestamp" >= ref.period_start($3) and e."timestamp" < ref.period_end($3)
        and exists (select from packet_key k where k.request_id is null and k.bucket_no is null and (k.provider is null or k.provider = e.provider)))
    or (e.request_id, e.provider) in (select request_id, provider from packet_request);

create temporary table packet_event_owner on commit drop as
select k.team_id, k.service, k.day, own.team, own.business_unit
  from (select distinct team_id, service, ref.utc_date("timestamp") as day from packet_event) k
 cross join lateral ref.event_owner(k.team_id, k.service, k.day) own;

create temporary table packet_trace on commit drop as
select e.*, o.team, o.business_unit
  from packet_event e
  join packet_event_owner o on o.team_id = e.team_id and o.service = e.service and o.day = ref.utc_date(e."timestamp")
  left join packet_place d on d.business_unit = o.business_unit and d.team_id = o.team
 where (e.request_id, e.provider) in (select request_id, provider from packet_request)
    or exists (select from packet_key k
                where k.request_id is null and k.bucket_no is null and (k.provider is null or k.provider = e.provider)
                  and (k.business_unit is null or k.business_unit = o.business_unit) and (k.cost_center is null or k.cost_center = d.cost_center)
                  and (k.team_id is null or k.team_id = o.team) and (k.service is null or k.service = e.service) and (k.model is null or k.model = e.model));

analyze packet_trace;
