-- A posted month as a later freeze saw it: what it was computed to, against what is booked of it up to then. Result: what differs.
-- $1 entry_no: bigint   of that freeze
select format('cell %s: booked %s with its corrections, recomputed %s', concat_ws(' ', provider, business_unit, cost_center, account),
              ref.amount_text(coalesce(a.amount, 0)), ref.amount_text(coalesce(b.amount, 0))) as what
  from (select c.* from replay_input i cross join lateral ledger.booked(i.period, $1) c) a
  full join (select c.* from replay_input i
              cross join lateral (select coalesce(array_agg(c), '{}') as cells from ledger.debit_cells(i.period, false) c) d
              cross join lateral ledger.cents_of(i.period, d.cells) c) b using (provider, business_unit, cost_center, account)
 where coalesce(a.amount, 0) <> coalesce(b.amount, 0)
 order by provider collate "C", business_unit collate "C", cost_center collate "C", account collate "C";
