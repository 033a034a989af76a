-- Chooses events for findings: those of the hours in which the business unit's rating findings are largest.
-- $1 id: text   PERIOD/BUSINESS_UNIT
create temporary table seen_event on commit drop as
select e.*, coalesce(e.stated_cost, e.rule_cost) as computed
  from (select distinct f.hour, f.provider, f.model, f.team_id, f.service
          from (select f.*
                  from recon.event_finding f
                  join recon.exception_code c on c.code = f.code and c.class = 'rating'
                  cross join lateral ref.event_owner(f.team_id, f.service, ref.utc_date(f.hour)) own
                 where f.hour >= ref.period_start(left($1, 7)) and f.hour < ref.period_end(left($1, 7))
                   and own.business_unit = substr($1, 9)
                 order by abs(f.amount_usd) desc, f.hour, f.provider, f.model
                 limit 50) f) h
  cross join lateral (select * from recon.priced_event p
                       where p."timestamp" >= h.hour and p."timestamp" < h.hour + interval '1 hour' and p.provider = h.provider
                         and p.model = h.model and p.team_id = h.team_id and p.service = h.service offset 0) e;

analyze seen_event;
