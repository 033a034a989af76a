-- The largest lines behind it that name a request.
-- $4 style: text
create temporary table seen_candidate on commit drop as
select l.match_key as request_id, l.delivery_id, l.file_id, l.line_no, a.charge_type, coalesce(a.usage_class, '') as usage_class,
       case when a.currency = 'USD' then l.cost else l.cost * x.usd_rate end as cost_usd, coalesce(e.team_id, '') as team_id, coalesce(e.service, '') as service, ref.utc_date(e."timestamp") as day
  from seen_journal_line j
  join recon.counted_delivery d on d.has_request_ids and d.period = j.period
  join provider.line_fact l on l.period = j.period and l.delivery_id = d.delivery_id and l.cost is not null
  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.has_request_id and a.provider = j.provider
  join gateway.event e on e.request_id = l.match_key and e.provider = a.provider
  left join ref.fx x on x.period = l.period and x.currency = a.currency
 where exists (select from seen_posting p where p.step = 'exact')
   and coalesce(e.service, '') in (select service from seen_posting where step = 'exact')
   and not exists (select from recon.uncounted_event u where u.request_id = e.request_id and u.provider = e.provider
                                                         and u.file_id = e.file_id and u.row_no = e.row_no);

analyze seen_candidate;

with owner as (
	select k.team_id, k.service, k.day, own.team as team, own.business_unit as business_unit
	  from (select distinct team_id, service, day from seen_candidate) k
	  cross join lateral ref.event_owner(k.team_id, k.service, k.day) own
)
select c.request_id, c.charge_type, c.usage_class, regexp_replace(f.path, '^.*/', '') as file, c.line_no::text as line_no, c.delivery_id::text as delivery_id,
       o.business_unit, o.team, c.service, ref.amount_digits(c.cost_usd, $4) as cost_usd, f.digest
  from seen_candidate c
  join owner o on o.team_id = c.team_id and o.service = c.service and o.day = c.day
  join ops.file f on f.file_id = c.file_id
 where c.cost_usd is not null and exists (select from seen_posting p where p.step = 'exact' and p.business_unit = o.business_unit and p.team_id = o.team)
 order by abs(c.cost_usd) desc, c.request_id collate "C", c.file_id, c.line_no
 limit 15;
