-- Keeps the verdicts by the hour, and that all events seen so far are in the roll-up.
-- $1 price_digest: text
delete from recon.event_finding where hour in (select hour from stale_hour) or (select everything from rollup_scope);

insert into recon.event_finding
select hour, code, provider, model, team_id, service, count(*), sum(amount), min(request_id collate "C")
  from verdict
 group by hour, code, provider, model, team_id, service;

update recon.rollup_state
   set snapshot = s.next_snapshot, price_digest = $1
  from rollup_scope s;
