-- The largest events of its owners in the month, by rule cost.
-- $4 style: text
with owned as materialized (
	select distinct h.team_id, h.service, ref.utc_date(h.hour) as day
	  from seen_journal_line x
	  join recon.event_hour h on h.provider = x.provider and h.hour >= x.period_start and h.hour < x.period_end
	  cross join lateral ref.event_owner(h.team_id, h.service, ref.utc_date(h.hour)) own
	  join seen_place d on d.business_unit = own.business_unit and d.team_id = own.team
	 where x.adjustment_id is null
)
select e.request_id, to_char(e."timestamp" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as "timestamp", e.team_id, e.service, e.model, e.billing_rule_version,
       ref.amount_digits(e.rule_cost, $4) as rule_cost_usd, ref.amount_digits(coalesce(e.stated_cost, e.rule_cost), $4) as computed_usd
  from seen_journal_line x
  join recon.priced_event e on e.provider = x.provider and e.billable and e."timestamp" >= x.period_start and e."timestamp" < x.period_end
  join owned o on o.team_id = e.team_id and o.service = e.service and o.day = ref.utc_date(e."timestamp")
 order by e.rule_cost desc, e.request_id collate "C"
 limit 15;
