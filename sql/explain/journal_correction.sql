-- What a correction's line consists of: cells of the original period as they were booked and as they are now, for its cause.
-- $4 style: text
select c.period as original_period, c.cause, c.business_unit, c.cost_center, c.account, ref.amount_as(c.posted, $4) as posted_usd,
       ref.amount_as(c.reprocessed, $4) as reprocessed_usd, ref.amount_as(c.amount, $4) as difference_usd
  from seen_correction x
  join ledger.pinned_correction c on c.entry_no = x.entry_no and c.period = x.corrects and c.cause = x.cause and c.provider = x.provider
   and case x.line_kind when 'clearing' then true when 'recovery' then c.business_unit = ''
                    else c.business_unit = x.business_unit and c.cost_center = x.cost_center and c.account = x.account end
 order by c.business_unit collate "C", c.cost_center collate "C", c.account collate "C";
