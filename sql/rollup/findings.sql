-- Keeps the verdicts by the hour.
delete from recon.event_finding where hour in (select hour from stale_hour) or (select everything from rollup_scope);

insert into recon.event_finding
select hour, code, provider, model, team_id, service, count(*), sum(amount), min(request_id collate "C")
  from verdict
 group by hour, code, provider, model, team_id, service;
