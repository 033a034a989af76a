-- The answer in sentences.
-- $1 request_id: text, $2 provider: text, $3 period: text  null = any
-- $4 style: text
with billed as (
	select (select sum(cost_usd) from seen_line where charge_type = 'usage' and ($3 is null or period = $3)) as by_line, (select sum(share) from seen_share) as by_bucket,
	       (select sum(cost_usd) from seen_line where charge_type <> 'usage' and ($3 is null or period = $3)) as charges
)
select text
  from (select 1 as place, format('The gateway has no event of request %s of %s.', $1, $2) as text
         where not exists (select from seen_request)
        union all
        select 2, format('%s %s %s at %s%s on %s UTC.',
                         case when team <> '' then 'Team ' || team || ' of business unit ' || business_unit
                              when team_id <> '' then 'Team ' || team_id || ' (unknown on that day)' else 'Somebody' end,
                         case status when 'error' then 'called, in vain,' when 'cache_hit' then 'was answered from the gateway''s cache instead of calling'
                                     when 'partial' then 'called, but ended the stream of,' else 'called' end,
                         coalesce(nullif(model, ''), 'no named model'), provider,
                         case when service <> '' then ' through service ' || service else '' end,
                         to_char("timestamp" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'))
          from seen_request
        union all
        select 3, case when not billable then format('It is not billable (status %s): no bill should charge it.', status)
                       when stated_cost is null then format('The gateway states no cost; by the billing rule it is %s USD, and that counts.', ref.amount_digits(rule_cost, $4))
                       when stated_cost = rule_cost then format('Its cost is %s USD, at the gateway as by the billing rule.', ref.amount_digits(computed, $4))
                       else format('Its cost is %s USD at the gateway and %s USD by the billing rule: a difference (rating) of %s USD.',
                                   ref.amount_digits(computed, $4), ref.amount_digits(rule_cost, $4), ref.amount_digits(rule_cost - computed, $4)) end
          from seen_request
        union all
        select 4, 'The roll-up has not seen this event yet: it counts from the next ingest or reconcile on.'
          from seen_request where price_day is null
        union all
        select 5, format('%s has not been reconciled: of the bills only lines that name the request are shown.', period)
          from seen_request e where not exists (select from recon.result r where r.period = e.period) and not exists (select from seen_share)
        union all
        select 6, case when coalesce(by_line, by_bucket) is not null then
                            format('%s billed %s USD for it: %s.', $2, ref.amount_digits(coalesce(by_line, 0) + coalesce(by_bucket, 0), $4),
                                   concat_ws(' and ', case when by_line is not null then 'by lines that name it' end,
                                                      case when by_bucket is not null then 'as its share of lines that do not name single requests' end))
                       when exists (select from seen_request where billable)
                        and exists (select from recon.result r join seen_request e on e.period = r.period) then coalesce('No bill of ' || $3 || ' covers it.', 'No bill covers it yet.') end
          from billed
        union all
        select 7, format('Other charges that name it (refunds, credits, fees): %s USD.', ref.amount_digits(charges, $4)) from billed where charges is not null) s
 where text is not null
 order by place;
