-- What no bill has reached: computed cost of events after the latest usage billed to their account.
-- $4 style: text
select business_unit, team_id, events::text as events, ref.amount_as(amount_usd, $4) as amount_usd
  from seen_estimate
 order by abs(amount_usd) desc, business_unit collate "C", team_id collate "C";
