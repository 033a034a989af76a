-- What an accrual adds to what is billed so far: the computed cost of event time that no bill has reached. Reach of a
-- (provider, account) is the latest usage_end of current usage lines with cost that name the account, or name none.
-- Runs after match/ and exceptions/: uses day_owner, account_default and account_reach.
-- $1 period: text
delete from recon.accrual_estimate where period = $1;

insert into recon.accrual_estimate
select $1, e.provider, w.business_unit, w.team, sum(coalesce(e.stated_cost, e.rule_cost)), count(*)
  from recon.priced_event e
  left join account_default f on f.provider = e.provider
  join account_reach r on r.provider = e.provider and r.billed_account = coalesce(nullif(e.account_id, ''), f.account_id, '')
  join day_owner w on w.team_id = e.team_id and w.service = e.service and w.day = ref.utc_date(e."timestamp")
 where e.billable and e."timestamp" < ref.period_end($1)
   -- No account's events lie before the least reach: the bound that an index can use.
   and e."timestamp" >= greatest(ref.period_start($1), (select min(coalesce(reach, '-infinity')) from account_reach))
   and e."timestamp" >= coalesce(r.reach, '-infinity')
   -- A line of one instant ends where its own event stands: that is billed, not estimated.
   and not exists (select from recon.exact_late x where x.period = $1 and x.provider = e.provider and x.request_id = e.request_id)
 group by e.provider, w.business_unit, w.team;
