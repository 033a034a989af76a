-- Corrections that are booked with a period or of it; of an open one, what waits to be booked with the next that is frozen.
-- $1 period: text, $2 style: text
with pinned as (
	select s.period as booked_in, c.period, c.cause, c.provider, c.business_unit, c.cost_center, c.account, c.posted, c.reprocessed, c.amount
	  from ledger.pinned_correction c
	  join ledger.period_step s using (entry_no)
	 where s.entry_no = (ledger.latest_freeze(s.period)).entry_no and ledger.period_state(s.period) <> 'open' and $1 in (s.period, c.period)
), waiting as (
	select '', c.period, c.cause, c.provider, c.business_unit, c.cost_center, c.account, c.posted, c.reprocessed, c.amount
	  from recon.correction c
	 where c.period in (select w.period from ledger.waiting_period w) and (ledger.period_state($1) = 'open' or c.period = $1)
)
select c.period as original_period, c.booked_in, j.journal_id, c.cause, c.provider, c.business_unit, c.cost_center,
       case when c.business_unit = '' then coalesce((select a.account from ref.account a where a.role = 'recovery'), 'recovery') else c.account end as account,
       ref.amount_as(c.posted, $2) as posted_usd, ref.amount_as(c.reprocessed, $2) as reprocessed_usd, ref.amount_as(c.amount, $2) as difference_usd
  from (select * from pinned union all select * from waiting) c
  left join ledger.journal j on j.period = c.booked_in and j.corrects = c.period
 order by c.period, c.booked_in = '', c.booked_in, c.provider collate "C", c.cause, c.business_unit collate "C", c.cost_center collate "C", c.account collate "C";
