-- The bill lines in the packet: those that name a request of its events or owners, those of its buckets, and charges that are
-- shared over business units. After explain/lines_of_buckets.
-- $3 period: text
create temporary table packet_named on commit drop as
select l.delivery_id, l.file_id, l.line_no, l.attribute_no, l.match_key as request_id, a.provider, a.charge_type, a.model, ref.utc_date(e."timestamp") as event_day,
       coalesce(e.team_id, '') as team_id, coalesce(e.service, '') as service, e.request_id is not null as is_known,
       case when e.request_id is null then coalesce(w.team_id, '') end as owner_team, case when e.request_id is null then coalesce(w.business_unit_id, 'unattributed') end as owner_unit
  from recon.counted_delivery d
  join provider.line_fact l on l.period = d.period and l.delivery_id = d.delivery_id and l.cost is not null
  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.has_request_id
  left join gateway.event e on e.request_id = l.match_key and e.provider = a.provider
                           and not exists (select from recon.uncounted_event u where u.request_id = e.request_id and u.provider = e.provider
                                                                                and u.file_id = e.file_id and u.row_no = e.row_no)
  left join lateral ref.owner_of(a.provider, ref.utc_date(l.usage_start), a.tags, a.principal, a.resource_id, a.api_key_id, a.account_id) w on e.request_id is null
 where d.period = $3 and d.has_request_ids and a.provider in (select coalesce(k.provider, a.provider) from packet_key k);

create temporary table packet_named_owner on commit drop as
select k.team_id, k.service, k.event_day, own.team, own.business_unit
  from (select distinct team_id, service, event_day from packet_named where is_known) k
 cross join lateral ref.event_owner(k.team_id, k.service, k.event_day) own;

create temporary table packet_line on commit drop as
select n.delivery_id, n.file_id, n.line_no, n.attribute_no, n.request_id, null::bigint as bucket_no,
       case when n.is_known then 'exact' else 'owner' end as step
  from packet_named n
  left join packet_named_owner o on n.is_known and o.team_id = n.team_id and o.service = n.service and o.event_day = n.event_day
  left join packet_place d on d.business_unit = coalesce(o.business_unit, n.owner_unit) and d.team_id = coalesce(o.team, n.owner_team)
 where exists (select from packet_key k
                where k.bucket_no is null and (k.provider is null or k.provider = n.provider) and (k.request_id is null or k.request_id = n.request_id)
                  and (k.business_unit is null or k.business_unit = coalesce(o.business_unit, n.owner_unit))
                  and (k.cost_center is null or k.cost_center = d.cost_center) and (k.team_id is null or k.team_id = coalesce(o.team, n.owner_team))
                  and (k.service is null or k.service = n.service)
                  and (k.model is null or k.model = (select coalesce(min(m.model), n.model) from ref.model_alias m where m.provider = n.provider and m.alias = n.model)))
union all
select l.delivery_id, l.file_id, l.line_no, l.attribute_no, null, l.bucket_no, 'bucket'
  from seen_bucket_line l
 where l.bucket_no in (select bucket_no from packet_posting)
    or exists (select from packet_key k where k.bucket_no = l.bucket_no)
    or exists (select from seen_left s
                left join packet_place d on d.business_unit = s.borne_by and d.team_id = s.team
                join packet_key k on k.request_id is null and k.bucket_no is null
                 and (s.by_policy and exists (select from packet_posting where step = 'policy' and usage_billed <> 0)
                      or (k.business_unit is null or k.business_unit = s.borne_by) and (k.cost_center is null or k.cost_center = d.cost_center)
                         and (k.team_id is null or k.team_id = s.team))
               where s.bucket_no = l.bucket_no)
union all
select l.delivery_id, l.file_id, l.line_no, l.attribute_no, null, null, case when l.cost is null then 'usage report' when a.charge_type = 'usage' then 'not counted' else 'policy' end
  from recon.counted_delivery d
  join provider.line_fact l on l.period = d.period and l.delivery_id = d.delivery_id
  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no
 where d.period = $3
   and case when exists (select from packet_key k where (k.provider is null or k.provider = a.provider)
                                                    and num_nonnulls(k.business_unit, k.cost_center, k.team_id, k.service, k.model, k.request_id, k.bucket_no) = 0)
            then l.cost is null or not a.has_request_id and not exists (select from seen_bucket_line s where s.file_id = l.file_id and s.line_no = l.line_no
                                                                                                        and s.delivery_id = l.delivery_id)
            else l.cost is not null and not a.has_request_id and a.charge_type <> 'usage'
                 and a.provider in (select provider from packet_posting where charges <> 0 and charge_type = a.charge_type) end
union all
select l.delivery_id, l.file_id, l.line_no, l.attribute_no, case when a.has_request_id then l.match_key end, null, 'came later'
  from packet_correction k
  join provider.delivery d on d.period = k.period and d.delivery_id > k.was_delivery_id and d.delivery_id <= k.last_delivery_id
  join provider.line_fact l on l.period = d.period and l.delivery_id = d.delivery_id
  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.provider = k.provider;

create temporary table packet_lines on commit drop as
select p.*, l.cost, l.quantity, l.usage_start, l.usage_end, case when a.currency = 'USD' then l.cost else l.cost * x.usd_rate end as cost_usd, f.digest,
       regexp_replace(f.path, '^.*/', '') as file
  from packet_line p
  join provider.line_fact l on l.period = any (array(select $3 union select period from packet_correction)) and l.delivery_id = p.delivery_id and l.file_id = p.file_id and l.line_no = p.line_no and l.attribute_no = p.attribute_no
                           and (p.request_id is null or l.match_key = p.request_id)
  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no
  join ops.file f on f.file_id = l.file_id
  left join ref.fx x on x.period = l.period and x.currency = a.currency;

analyze packet_lines;
