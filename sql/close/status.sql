-- Periods that were reconciled or have steps: their state, who did the last step of each kind, deliveries that came too late, and
-- what waits to be corrected.
-- $1 period: text   null: all, $2 style: text
select p.period, ledger.period_state(p.period) as state, s.freeze as frozen_by, s.approve as approved_by, s.post as posted_by,
       (select j.journal_id from ledger.journal j where j.period = p.period and j.kind = 'final') as final_journal, l.late::text as late_deliveries,
       w.amount as waiting_usd
  from (select period from recon.result union select period from ledger.period_step) p
  left join lateral (select max(entry_no) as entry_no from ledger.period_step where period = p.period and step in ('freeze', 'unfreeze')) f on true
  cross join lateral (select max(e.login) filter (where t.step = 'freeze') as freeze, max(e.login) filter (where t.step = 'approve') as approve,
                             max(e.login) filter (where t.step = 'post') as post
                        from ledger.period_step t join ledger.entry e using (entry_no)
                       where t.period = p.period and t.entry_no >= f.entry_no) s
  cross join lateral (select count(*) as late from provider.delivery d
                       where d.period = p.period and d.superseded_by is null and ledger.period_state(p.period) <> 'open'
                         and not exists (select from ledger.pinned_delivery x where x.entry_no = f.entry_no and x.delivery_id = d.delivery_id)
                         and d.delivery_id > coalesce((ledger.booked_input(p.period)).last_delivery_id, 0)) l
  left join lateral (select ref.amount_as(sum(c.amount), $2) as amount from recon.correction c join ledger.waiting_period x using (period)
                      where c.period = p.period having count(*) > 0) w on true
 where $1 is null or p.period = $1
 order by p.period;
