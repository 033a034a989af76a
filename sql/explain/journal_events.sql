-- The largest events of the estimate: later than what the bills of their account reach (journal/accrual.sql).
-- $5 options: jsonb   {sources: [{source, account_id, …: what an event's empty value counts as}]}
with reach as (
	select a.account_id, max(l.usage_end) as reach
	  from seen_journal_line j
	  join provider.delivery d on d.superseded_by is null and d.has_cost and d.usage_to > ref.period_start(j.period)
	  join provider.line_fact l on l.delivery_id = d.delivery_id and l.period = d.period and l.cost is not null
	  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.charge_type = 'usage' and a.provider = j.provider
	 where exists (select from seen_estimate)
	 group by a.account_id
), default_account as (
	select min(o.account_id) as account_id
	  from (select distinct b.source from recon.bucket b join seen_journal_line j on j.provider = b.provider and j.period = b.period) s
	  join jsonb_to_recordset($5 -> 'sources') as o (source text, account_id text) on o.source = s.source
	having count(distinct o.account_id) = 1
), candidate as (
	select e.request_id, e."timestamp", e.team_id, e.service, e.model, e.account_id, coalesce(e.stated_cost, e.rule_cost) as computed,
	       coalesce(nullif(e.account_id, ''), (select account_id from default_account)) as billed_account
	  from seen_journal_line j
	  join recon.priced_event e on e.provider = j.provider and e.billable and e."timestamp" >= ref.period_start(j.period)
	                           and e."timestamp" < ref.period_end(j.period)
	 where exists (select from seen_estimate)
	)
select c.request_id, to_char(c."timestamp" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as "timestamp", c.team_id, c.service, c.model, c.account_id,
       ref.amount_text(c.computed) as computed_usd
  from candidate c
  left join ref.team_in_business_unit t on t.team_id = c.team_id and ref.in_force(t.valid_from, t.valid_to, ref.utc_date(c."timestamp"))
  left join lateral (select u.team_id, u.business_unit_id
                       from ref.service v
                       join ref.team_in_business_unit u on u.team_id = v.team_id and ref.in_force(u.valid_from, u.valid_to, ref.utc_date(c."timestamp"))
                      where v.service = c.service and ref.in_force(v.valid_from, v.valid_to, ref.utc_date(c."timestamp"))) s on true
 where c."timestamp" >= coalesce((select max(r.reach) from reach r
                                   where c.billed_account is null or r.account_id is null or r.account_id = c.billed_account), '-infinity')
   and exists (select from seen_estimate x
                where x.business_unit = coalesce(t.business_unit_id, s.business_unit_id, 'unattributed') and x.team_id = coalesce(t.team_id, s.team_id, ''))
 order by c.computed desc, c.request_id collate "C"
 limit 15;
