-- The exceptions of this business unit, largest first: each can be explained by its id.
-- $1 id: text, $4 style: text
select exception_id, code, severity, team_id, service, provider, model, count::text as count, ref.amount_as(amount_usd, $4) as amount_usd, request_id, status
  from recon.exception
 where period = left($1, 7) and business_unit = substr($1, 9) and status in ('open', 'acknowledged')
 order by abs(amount_usd) desc, code collate "C", exception_id collate "C"
 limit 30;
