-- Chooses events for findings: those of the hours in which the business unit's rating findings are largest.
-- $1 id: text   PERIOD/BUSINESS_UNIT
create temporary table seen_event on commit drop as
select e.*, coalesce(e.stated_cost, e.rule_cost) as computed
  from (select distinct f.hour, f.provider, f.model, f.team_id, f.service
          from (select f.*
                  from recon.event_finding f
                  join recon.exception_code c on c.code = f.code and c.class = 'rating'
                  left join ref.team_in_business_unit t on t.team_id = f.team_id and ref.in_force(t.valid_from, t.valid_to, ref.utc_date(f.hour))
                  left join lateral (select u.business_unit_id
                                       from ref.service v
                                       join ref.team_in_business_unit u
                                         on u.team_id = v.team_id and ref.in_force(u.valid_from, u.valid_to, ref.utc_date(f.hour))
                                      where v.service = f.service and ref.in_force(v.valid_from, v.valid_to, ref.utc_date(f.hour))) s on true
                 where f.hour >= ref.period_start(left($1, 7)) and f.hour < ref.period_end(left($1, 7))
                   and coalesce(t.business_unit_id, s.business_unit_id, 'unattributed') = substr($1, 9)
                 order by abs(f.amount_usd) desc, f.hour, f.provider, f.model
                 limit 50) f) h
  cross join lateral (select * from recon.priced_event p
                       where p."timestamp" >= h.hour and p."timestamp" < h.hour + interval '1 hour' and p.provider = h.provider
                         and p.model = h.model and p.team_id = h.team_id and p.service = h.service offset 0) e;
