-- Deliveries, days and files behind it, up to 20; of a breach, the business unit to explain.
-- $4 style: text
with found as (
	select d.source || ' delivery ' || d.delivery_id as id, d.bucket_start as at,
	       format('%s, replaced by delivery %s: %s lines and %s became %s lines and %s', d.dataset, n.delivery_id, d.line_count, ref.amount_digits(d.cost, $4),
	              n.line_count, ref.amount_digits(n.cost, $4))
	       || case when d.lines_dropped_at is null then ''
	               else format('; the lines of delivery %s were dropped %s days after', d.delivery_id,
	                           ref.utc_date(d.lines_dropped_at) - ref.utc_date(d.superseded_at)) end as what, n.cost - d.cost as amount
	  from seen_exception x
	  join provider.delivery d on d.period = x.period
	  join provider.delivery n on n.delivery_id = d.superseded_by and (n.cost <> d.cost or n.line_count <> d.line_count)
	 where x.code = 'restated_delivery'
	   and (x.provider = '' or exists (select from provider.delivery s
	                                    where s.source = n.source and s.dataset = n.dataset and x.provider = any (s.providers)))
	union all
	select to_char(e.day, 'YYYY-MM-DD'), e.day::timestamp at time zone 'UTC', e.events || ' events and no delivery', -e.computed
	  from (select h.provider, ref.utc_date(h.hour) as day, sum(h.computed_usd) as computed, sum(h.events) as events
	          from seen_exception x
	          join recon.event_hour h on h.provider = x.provider and h.hour >= x.period_start and h.hour < x.period_end
	         where x.code = 'missing_delivery'
	         group by h.provider, ref.utc_date(h.hour)) e
	 where not exists (select from provider.delivery d
	                    where d.superseded_by is null and d.has_cost
	                      and d.bucket_start < (e.day + 1)::timestamp at time zone 'UTC' and d.bucket_end > e.day::timestamp at time zone 'UTC'
	                      and exists (select from provider.delivery s
	                                   where s.source = d.source and s.dataset = d.dataset and e.provider = any (s.providers)))
	union all
	select regexp_replace(f.path, '^.*/', '') || ':' || q.line, f.loaded_at, q.reason || ': ' || left(q.raw, 100), null
	  from seen_exception x
	  join ops.file f on f.period = x.period
	  join ops.quarantine q on q.file_id = f.file_id
	 where x.code = 'malformed_row'
	union all
	select regexp_replace(r.path, '^.*/', '') || case when r.line > 0 then ':' || r.line else '' end, r.rejected_at, r.message, null
	  from seen_exception x
	  join ops.rejected_file r on r.code = x.code and ref.period_of(r.as_of) = x.period
	 where not exists (select from ops.file f where f.path = r.path and f.loaded_at > r.rejected_at)
	union all
	select x.period || '/' || x.business_unit, null, 'explains the variance', x.amount_usd
	  from seen_exception x where x.code = 'threshold_breach'
)
select id, to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at, what, ref.amount_digits(amount, $4) as amount_usd
  from found
 order by abs(amount) desc nulls last, at, id collate "C"
 limit 20;
