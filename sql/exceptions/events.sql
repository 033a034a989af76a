-- Rating and integrity of single events, as the roll-up found them, and what only shows beside bills, logs or other events.
-- $1 period: text
insert into finding
select f.code, w.business_unit, w.team, f.service, f.provider, f.model, min(f.first_request_id collate "C"), sum(f.amount_usd), sum(f.events), ''
  from recon.event_finding f
  join run_option o on f.hour >= o.period_start and f.hour < o.period_end
  join day_owner w on w.team_id = f.team_id and w.service = f.service and w.day = ref.utc_date(f.hour)
 group by f.code, w.business_unit, w.team, f.service, f.provider, f.model;

insert into finding
select 'duplicate_event', w.business_unit, w.team, u.service, u.provider, coalesce(a.model, u.model), min(u.request_id collate "C"),
       coalesce(sum(u.computed_cost_usd), 0), count(*), ''
  from recon.uncounted_event u
  join run_option o on u.hour >= o.period_start and u.hour < o.period_end
  join day_owner w on w.team_id = u.team_id and w.service = u.service and w.day = ref.utc_date(u.hour)
  left join ref.model_alias a on a.provider = u.provider and a.alias = u.model
 group by w.business_unit, w.team, u.service, u.provider, coalesce(a.model, u.model);

-- Retries are few: they are found by their index, and what they repeat by its key.
set local enable_nestloop = on;

create temporary table retry on commit drop as
select provider, request_id, retry_of, model, team_id, service, ref.utc_date("timestamp") as day, coalesce(stated_cost, rule_cost) as computed
  from recon.priced_event, run_option o
 where retry_of is not null and billable and "timestamp" >= o.period_start and "timestamp" < o.period_end;

analyze retry;

insert into finding
select 'retry_double_count', w.business_unit, w.team, e.service, e.provider, e.model, min(e.request_id collate "C"), sum(e.computed), count(*), ''
  from retry e
  join recon.priced_event first on first.provider = e.provider and first.request_id = e.retry_of
  join day_owner w on w.team_id = e.team_id and w.service = e.service and w.day = e.day
 where first.billable and first."timestamp" < ref.period_end($1) and e.computed > 0 and coalesce(first.stated_cost, first.rule_cost) > 0
 group by w.business_unit, w.team, e.service, e.provider, e.model;

set local enable_nestloop = off;

-- Exact lines on calls that the gateway did not count as billable.
insert into finding
select case when x.failed then 'billed_failure' else 'unmetered_usage' end, w.business_unit, w.team, x.service, x.provider, x.model,
       coalesce(min(x.first_request_id collate "C"), ''), sum(x.cost_usd), sum(x.requests), ''
  from recon.exact_amount x
  join run_option o on o.period = x.period
  join day_owner w on w.team_id = x.team_id and w.service = x.service and w.day = x.day
 where x.charge_type = 'usage' and not x.billable
 group by x.failed, w.business_unit, w.team, x.service, x.provider, x.model
having sum(x.requests) > 0;

-- Billed in another month than it happened in: its cost here, or its rule cost there.
insert into finding
select 'late_event', business_unit, team, service, provider, model, coalesce(min(request_id collate "C"), ''), sum(amount), sum(n), ''
  from (select w.business_unit, w.team, x.service, x.provider, x.model,
               case when x.in_period then x.first_late_request_id else x.first_request_id end as request_id,
               case when x.in_period then -x.elsewhere else x.cost_usd end as amount, case when x.in_period then x.late_requests else x.requests end as n
          from recon.exact_amount x
          join run_option o on o.period = x.period
          join day_owner w on w.team_id = x.team_id and w.service = x.service and w.day = x.day
         where x.charge_type = 'usage' and x.billable and (not x.in_period or x.late_requests > 0 or x.elsewhere <> 0)
        union all
        select business_unit, team_id, service, provider, model, null, timing, 1
          from recon.posting p join run_option o on o.period = p.period
         where step = 'bucket' and timing <> 0) t
 group by business_unit, team, service, provider, model
having sum(amount) <> 0;

-- Loaded after the freeze of the month that it happened in.
insert into finding
select 'late_event', w.business_unit, w.team, e.service, e.provider, e.model, min(e.request_id collate "C"), sum(coalesce(e.stated_cost, e.rule_cost)), count(*),
       'loaded after the freeze of ' || string_agg(distinct l.period, ', ' order by l.period)
  from ledger.late_events($1) l
  join recon.priced_event e using (provider, request_id, file_id, row_no)
 cross join lateral ref.event_owner(e.team_id, e.service, ref.utc_date(e."timestamp")) w
 group by w.business_unit, w.team, e.service, e.provider, e.model;
