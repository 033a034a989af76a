-- The largest events of the estimate: later than what the bills of their account reach (journal/estimate.sql).
-- $4 style: text
-- $5 options: jsonb   {sources: [{source, account_id, …: what an event's empty value counts as}]}
create temporary table seen_reach on commit drop as
select a.account_id, max(l.usage_end) as reach
  from seen_journal_line j
  join recon.counted_delivery d on d.has_cost and d.usage_to > j.period_start
  join provider.line_fact l on l.delivery_id = d.delivery_id and l.period = d.period and l.cost is not null
  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.charge_type = 'usage' and a.provider = j.provider
 where exists (select from seen_estimate)
 group by a.account_id;

analyze seen_reach;

create temporary table estimated_event on commit drop as
select e.*, coalesce(nullif(e.account_id, ''), case when f.accounts = 1 then f.account_id end) as billed_account
  from seen_journal_line j
  cross join (select min(o.account_id) as account_id, count(distinct o.account_id) as accounts
                from (select distinct b.source from recon.bucket b join seen_journal_line j on j.provider = b.provider and j.period = b.period) s
                join jsonb_to_recordset($5 -> 'sources') as o (source text, account_id text) on o.source = s.source) f
  cross join lateral (select p.request_id, p.provider, p."timestamp", ref.utc_date(p."timestamp") as day, p.team_id, p.service, p.model, p.account_id,
                             coalesce(p.stated_cost, p.rule_cost) as computed
                        from recon.priced_event p
                       where p.provider = j.provider and p.billable and p."timestamp" >= j.period_start and p."timestamp" < j.period_end offset 0) e
 where exists (select from seen_estimate);

create temporary table estimated_owner on commit drop as
select k.team_id, k.service, k.day, own.team as team, own.business_unit as business_unit
  from (select distinct team_id, service, day from estimated_event) k
  cross join lateral ref.event_owner(k.team_id, k.service, k.day) own;

analyze estimated_event;
analyze estimated_owner;

-- Requests that this period's lines name are billed, not estimated.
create temporary table seen_named on commit drop as
select distinct l.match_key as request_id
  from seen_journal_line j
  join recon.counted_delivery d on d.has_request_ids and d.period = j.period
  join provider.line_fact l on l.delivery_id = d.delivery_id and l.period = j.period and l.cost is not null
  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.has_request_id
                                and a.charge_type = 'usage' and a.provider = j.provider
 where exists (select from seen_estimate);

analyze seen_named;

select e.request_id, to_char(e."timestamp" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as "timestamp", e.team_id, e.service, e.model, e.account_id,
       ref.amount_digits(e.computed, $4) as computed_usd
  from (select account_id, billed_account, coalesce((select max(r.reach) from seen_reach r
                                                      where k.billed_account is null or r.account_id is null or r.account_id = k.billed_account),
                                                    '-infinity') as reach
          from (select distinct account_id, billed_account from estimated_event) k) a
  join estimated_event e on e.account_id = a.account_id and e.billed_account is not distinct from a.billed_account and e."timestamp" >= a.reach
  join estimated_owner o on o.team_id = e.team_id and o.service = e.service and o.day = e.day
 where exists (select from seen_estimate x where x.business_unit = o.business_unit and x.team_id = o.team)
   and not exists (select from seen_named n where n.request_id = e.request_id)
 order by e.computed desc, e.request_id collate "C"
 limit 15;
