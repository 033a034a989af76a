-- One exception, by its id or the beginning of it, with cause and remedy.
-- $1 exception_id: text, $2 style: text
select e.exception_id, e.period, e.class, e.code, e.severity, e.business_unit, e.team_id, e.service, e.provider, e.model,
       e.request_id, ref.amount_digits(e.amount_usd, $2) as amount_usd, e.count::text as count, e.detail, e.owner, e.status, c.cause, c.remedy
  from recon.exception e join recon.exception_code c using (code)
 where starts_with(e.exception_id, $1)
 order by e.period, e.exception_id collate "C"
 limit 2;
