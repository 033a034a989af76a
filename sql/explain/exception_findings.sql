-- The largest 20 of the chosen events that have the finding.
-- $4 style: text
select e.request_id as id, to_char(e."timestamp" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at,
       concat_ws(', ', e.status, 'team ' || nullif(e.team_id, ''), e.environment,
                 'by the billing rule ' || ref.amount_digits(e.rule_cost, $4) || ' USD, computed ' || ref.amount_digits(e.computed, $4) || ' USD') as what,
       ref.amount_digits(f.amount, $4) as amount_usd
  from (select f.request_id, f.provider, f.amount from verdict f join seen_exception x on x.code = f.code
        union all
        select e.request_id, e.provider, e.computed
          from seen_event e
          join seen_exception x on x.class = 'attribution' and e.billable
                               and (x.code <> 'invalid_environment' or e.environment not in ('dev', 'staging', 'prod', 'eval'))) f
  join seen_event e using (request_id, provider)
 order by abs(f.amount) desc, e.request_id collate "C"
 limit 20;
