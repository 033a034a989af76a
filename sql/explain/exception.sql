-- The exception with cause and remedy. One row.
-- $4 style: text
select x.exception_id, x.period, x.class, x.code, x.severity, x.business_unit, x.team_id, x.service, x.provider, x.model,
       ref.amount_as(x.amount_usd, $4) as amount_usd, x.count::text as count, x.detail, x.owner, x.status, x.request_id, c.cause, c.remedy
  from seen_exception x
  join recon.exception_code c using (code);
