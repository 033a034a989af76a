-- The largest 20 requests behind it that bill lines name.
-- $4 style: text
with named as (
	select l.period, l.match_key as request_id, a.provider, coalesce(a.usage_class, '') as usage_class, a.charge_type,
	       coalesce(m.model, a.model, '') as line_model, count(*) as lines, min(l.file_id << 32 | l.attribute_no) as attribute,
	       count(*) - count(distinct (l.delivery_id, l.usage_start, l.usage_end, l.quantity, l.cost)) as repeats,
	       sum(case when a.currency = 'USD' then l.cost else l.cost * f.usd_rate end) as cost_usd,
	       case when bool_and(l.quantity is not null) then sum(l.quantity) end as quantity,
	       min(l.usage_start) as usage_start, min((regexp_replace(o.path, '^.*/', '') || ':' || l.line_no) collate "C") as place
	  from seen_exception x
	  join recon.counted_delivery d on d.has_request_ids and (d.period = x.period or x.code = 'late_event')
	  join provider.line_fact l on l.period = d.period and l.delivery_id = d.delivery_id and l.cost is not null
	  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.has_request_id and a.provider = x.provider
	  left join ref.model_alias m on m.provider = a.provider and m.alias = a.model
	  left join ref.fx f on f.period = l.period and f.currency = a.currency
	  join ops.file o on o.file_id = l.file_id
	 where x.code <> 'unattributed_cost' and (a.currency = 'USD' or f.usd_rate is not null) and a.charge_type = 'usage'
	 group by l.period, l.match_key, a.provider, coalesce(a.usage_class, ''), a.charge_type, coalesce(m.model, a.model, '')
), matched as (
	select n.*, e."timestamp", e.team_id, e.service, e.status, e.billable, e.request_id is null as no_event,
	       coalesce(e.model, n.line_model) as model, ref.period_of(e."timestamp") as event_period, k.count, k.price, k.count * k.price as r,
	       e.rule_cost - coalesce(sum(k.count * k.price) over (partition by n.provider, n.request_id), 0) as rest_r
	  from named n
	  left join recon.priced_event e on e.provider = n.provider and e.request_id = n.request_id
	  left join lateral (select count, price from (values ('input', e.n_input, e.p_input), ('cache_read', e.n_cache_read, e.p_cache_read),
	                                                      ('cache_write_5m', e.n_cache_write_5m, e.p_cache_write_5m),
	                                                      ('cache_write_1h', e.n_cache_write_1h, e.p_cache_write_1h),
	                                                      ('output', e.n_output, e.p_output)) v (class, count, price)
	                      where v.class = n.usage_class and v.count > 0) k on true
), measured as (
	select m.*, x.business_unit as wanted_unit, x.team_id as wanted_team,
	       case x.code
	         when 'rate_variance' then case when not m.billable or event_period <> x.period then null
	                                     when usage_class = '' then cost_usd - rest_r
	                                     else cost_usd - coalesce(price, 0) * coalesce(quantity, m.count, 0) end
	         when 'quantity_variance' then case when m.billable and event_period = x.period then coalesce(price, 0) * quantity - r end
	         when 'duplicate_line' then case when repeats > 0 then cost_usd * repeats / lines end
	         when 'billed_failure' then case when m.status = 'error' then cost_usd end
	         when 'unmetered_usage' then case when no_event or m.status = 'cache_hit' then cost_usd end
	         when 'late_event' then case when m.billable and m.period = x.period and event_period <> x.period then cost_usd
	                                     when m.billable and m.period <> x.period and event_period = x.period then -coalesce(r, 0) end
	       end as amount
	  from matched m
	  join seen_exception x on x.model = m.model and (m.no_event or x.service = m.service)
)
select m.request_id as id, to_char(m."timestamp" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at,
       concat_ws(', ', nullif(m.usage_class, ''), m.lines || case when m.lines = 1 then ' line' else ' lines' end || ' at ' || m.place, 'bill of ' || m.period,
                 'billed ' || m.quantity, 'metered ' || m.count, case when m.no_event then 'no event' else m.status end) as what,
       ref.amount_digits(m.amount, $4) as amount_usd
  from measured m
  cross join lateral ref.event_owner(m.team_id, m.service, ref.utc_date(m."timestamp")) own
  left join provider.line_attribute a on m.no_event and a.file_id = m.attribute >> 32 and a.attribute_no = m.attribute & 4294967295
  left join lateral ref.owner_of(m.provider, ref.utc_date(m.usage_start), a.tags, a.principal, a.resource_id, a.api_key_id, a.account_id) w
         on m.no_event
 where m.amount <> 0
   and (coalesce(w.team_id, own.team), coalesce(w.business_unit_id, own.business_unit))
       = (m.wanted_team, m.wanted_unit)
 order by abs(m.amount) desc, m.request_id collate "C", m.usage_class collate "C"
 limit 20;
