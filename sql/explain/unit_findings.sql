-- The events with the largest rating findings.
-- $4 style: text
select e.request_id, to_char(e."timestamp" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as "timestamp", f.code, e.provider, e.model, e.team_id, e.service,
       ref.amount_digits(e.rule_cost, $4) as rule_cost_usd, ref.amount_digits(e.computed, $4) as computed_usd, ref.amount_digits(f.amount, $4) as amount_usd
  from verdict f
  join seen_event e using (request_id, provider)
  join recon.exception_code c on c.code = f.code and c.class = 'rating'
 order by abs(f.amount) desc, e.request_id collate "C", f.code collate "C"
 limit 15;
