-- Chooses events: those of the 50 hours in which the exception's key weighs most.
create temporary table seen_event on commit drop as
select e.*, coalesce(e.stated_cost, e.rule_cost) as computed
  from (select h.hour, h.team_id
          from (select f.hour, f.team_id, sum(abs(f.amount_usd)) as weight
                  from seen_exception x
                  join recon.event_finding f on f.code = x.code and f.provider = x.provider and f.model = x.model and f.service = x.service
                                            and f.hour >= x.period_start and f.hour < x.period_end
                 group by f.hour, f.team_id
                union all
                select h.hour, h.team_id, sum(h.computed_usd)
                  from seen_exception x
                  join recon.event_hour h on h.provider = x.provider and h.model = x.model and h.service = x.service
                                         and h.hour >= x.period_start and h.hour < x.period_end
                 where case x.code when 'missing_team' then h.team_id = ''
                                   when 'unknown_team' then h.team_id <> ''
                                   when 'unknown_service' then true
                                   when 'invalid_environment' then h.environment not in ('dev', 'staging', 'prod', 'eval')
                                   else false end
                 group by h.hour, h.team_id) h
          cross join seen_exception x
          left join ref.team_in_business_unit t on t.team_id = h.team_id and ref.in_force(t.valid_from, t.valid_to, ref.utc_date(h.hour))
          left join lateral (select u.team_id, u.business_unit_id
                               from ref.service v
                               join ref.team_in_business_unit u
                                 on u.team_id = v.team_id and ref.in_force(u.valid_from, u.valid_to, ref.utc_date(h.hour))
                              where v.service = x.service and ref.in_force(v.valid_from, v.valid_to, ref.utc_date(h.hour))) s on true
         where coalesce(t.team_id, s.team_id, '') = x.team_id and coalesce(t.business_unit_id, s.business_unit_id, 'unattributed') = x.business_unit
           and (x.code <> 'unknown_team' or t.team_id is null)
           and (x.code <> 'unknown_service' or not exists (select from ref.service v
                                                            where v.service = x.service and ref.in_force(v.valid_from, v.valid_to, ref.utc_date(h.hour))))
         order by h.weight desc, h.hour, h.team_id
         limit 50) h
  cross join seen_exception x
  cross join lateral (select * from recon.priced_event p
                       where p."timestamp" >= h.hour and p."timestamp" < h.hour + interval '1 hour' and p.provider = x.provider
                         and p.model = x.model and p.team_id = h.team_id and p.service = x.service offset 0) e;

analyze seen_event;
