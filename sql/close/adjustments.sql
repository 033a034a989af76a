-- Every adjustment of a period, those that were rejected or withdrawn too.
-- $1 period: text, $2 style: text
select a.adjustment_id, a.period, a.provider, a.from_business_unit, a.to_business_unit, ref.amount_as(a.amount, $2) as amount_usd,
       case t.step when 'approve' then 'approved' when 'reject' then 'rejected' when 'withdraw' then 'withdrawn' else 'proposed' end as status,
       e.login as proposed_by, d.login as decided_by, a.reason, a.evidence, t.reason as decision
  from ledger.adjustment a
  join ledger.entry e using (entry_no)
  left join ledger.adjustment_step t using (adjustment_id)
  left join ledger.entry d on d.entry_no = t.entry_no
 where a.period = $1
 order by a.adjustment_id collate "C";
