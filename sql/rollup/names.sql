-- Names that came for the first time.
-- $2 from: timestamptz, $3 to: timestamptz
-- What the numbers stand for that came for the first time, as one of their events says.
delete from recon.event_name where (select everything from rollup_scope);

-- (In a table of its own, because INSERT does not read in parallel.)
create unlogged table scratch.new_name as
select names, min(first_request_id collate "C") as request_id
  from event_cell c
 where not exists (select from recon.event_name n where n.names = c.names)
 group by names;

create unlogged table scratch.named as
select e.names, e.provider, e.model, e.service_tier, e.batch, e.billing_rule_version, e.unit_price, e.band, e.account_id, e.region,
       e.team_id, e.service, e.environment, e.tenant_id, e.feature, e.outcome, e.classes
  from scratch.new_name n
  join recon.counted_event e on e.request_id = n.request_id
 where e."timestamp" >= $2 and e."timestamp" < $3 and e.names = n.names;

insert into recon.event_name
select distinct on (names) * from scratch.named;

drop table scratch.new_name, scratch.named;

select ops.settle('recon.event_name');
