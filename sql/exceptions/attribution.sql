-- What engineering fixes in tagging: events without a usable team, service or environment, models nobody knows, cost without owner.
-- $1 period: text
insert into finding
select f.code, w.business_unit, w.team, h.service, h.provider, h.model, min(d.first_request_id collate "C"), sum(d.computed_usd),
       sum(d.events), left(coalesce(f.what || string_agg(distinct f.value collate "C", ', ' order by f.value collate "C"), ''), 200)
  from kind_day d
  join recon.event_kind h using (kind_no)
  join day_owner w on w.team_id = h.team_id and w.service = h.service and w.day = d.day
  cross join lateral (
	select 'missing_team' as code, '' as what, null as value where h.team_id = ''
	union all
	select 'unknown_team', 'team ', h.team_id
	 where h.team_id <> '' and not exists (select from ref.team_in_business_unit t
	                                        where t.team_id = h.team_id and ref.in_force(t.valid_from, t.valid_to, w.day))
	union all
	select 'unknown_service', 'service ', h.service
	 where h.service <> '' and not exists (select from ref.service s
	                                        where s.service = h.service and ref.in_force(s.valid_from, s.valid_to, w.day))
	union all
	select 'invalid_environment', 'environment ', h.environment where h.environment not in ('dev', 'staging', 'prod', 'eval')) f
 where d.in_period
 group by f.code, f.what, w.business_unit, w.team, h.service, h.provider, h.model;

-- (Lines are read only if there is such a model.)
create temporary table unmapped_attribute on commit drop as
select a.*
  from scope_attribute a
  join (select distinct provider, model from scope_attribute where model is not null and charge_type = 'usage') k
    on k.provider = a.provider and k.model = a.model
 where a.charge_type = 'usage'
   and not exists (select from ref.model_alias m where m.provider = k.provider and k.model in (m.alias, m.model))
   and not exists (select from ref.price p where p.provider = k.provider and p.model = k.model)
   and not exists (select from recon.event_kind e
                     join recon.hour_cell h on h.kind_no = e.kind_no and h.hour < ref.period_end($1)
                    where e.provider = k.provider and e.model = k.model and e.outcome = 'billable');

analyze unmapped_attribute;

insert into finding
select 'unmapped_model', coalesce(w.business_unit_id, 'unattributed'), coalesce(w.team_id, ''), '', a.provider, a.model, '',
       sum(case when a.currency = 'USD' then l.cost else l.cost * x.usd_rate end), count(*), ''
  from unmapped_attribute a
  join provider.line_fact l on l.file_id = a.file_id and l.attribute_no = a.attribute_no
  join scope_delivery d on d.delivery_id = l.delivery_id and d.own
  cross join run_option o
  left join ref.fx x on x.period = l.period and x.currency = a.currency
  left join lateral ref.owner_of(a.provider, ref.utc_date(l.usage_start), a.tags, a.principal, a.resource_id, a.api_key_id, a.account_id) w on true
 where l.period = o.period and l.cost is not null and (a.currency = 'USD' or x.usd_rate is not null)
 group by 2, 3, a.provider, a.model;

-- Counted: events without an owner, and lines that neither events nor owners claim.
insert into finding
select 'unattributed_cost', 'unattributed', '', '', p.provider, '', '', sum(usage_billed + charges),
       coalesce(sum(p.lines) filter (where step = 'unattributed'), 0)
       + coalesce((select sum(d.events)
                     from kind_day d
                     join recon.event_kind h using (kind_no)
                     join day_owner w on w.team_id = h.team_id and w.service = h.service and w.day = d.day
                    where h.provider = p.provider and w.business_unit = 'unattributed' and d.in_period), 0), ''
  from recon.posting p join run_option o on o.period = p.period
 where business_unit = 'unattributed' and (usage_billed <> 0 or charges <> 0)
 group by p.provider;
