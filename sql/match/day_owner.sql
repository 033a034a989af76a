-- Who owns what a team and service did on a day: the team, else the service's team, else nobody (`unattributed`).
-- One row for every such key among the events that this run looks at.
-- (What is grouped from step 1 on is temporary and small for its many columns of text, which the planner cannot know:
-- hashed it takes half the time that sorting takes.)
set local enable_sort = off;

create temporary table day_owner on commit drop as
select k.team_id, k.service, k.day, w.team, w.business_unit
  from (select x.team_id, x.service, x.day from recon.exact_amount x, run_option o where x.period = o.period
        union
        select x.team_id, x.service, x.day from recon.exact_finding x, run_option o where x.period = o.period
        union
        select k.team_id, k.service, h.day from kind_day h join recon.event_kind k using (kind_no)
        union
        select f.team_id, f.service, ref.utc_date(f.hour)
          from recon.event_finding f, run_option o where f.hour >= o.period_start and f.hour < o.period_end
        union
        select u.team_id, u.service, ref.utc_date(u.hour)
          from recon.uncounted_event u, run_option o where u.hour >= o.period_start and u.hour < o.period_end) k
  cross join lateral ref.event_owner(k.team_id, k.service, k.day) w;

analyze day_owner;
