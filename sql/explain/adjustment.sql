-- The adjustment that is asked for, by its id or by a line of the journal that books it. At most one row.
-- $1 id: text   ADJ-…, or JOURNAL_ID/LINE, $4 style: text
select a.adjustment_id, a.period, a.provider, a.from_business_unit, a.from_cost_center, a.from_account, a.to_business_unit, a.to_cost_center,
       a.to_account, ref.amount_digits(a.amount, $4) as amount_usd,
       case t.step when 'approve' then 'approved' when 'reject' then 'rejected' when 'withdraw' then 'withdrawn' else 'proposed' end as status,
       a.reason, a.evidence, e.login as proposed_by, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as proposed_at,
       a.entry_no::text as proposal_entry, d.login as decided_by, to_char(d.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as decided_at,
       t.entry_no::text as decision_entry, t.reason as decision
  from ledger.adjustment a
  join ledger.entry e using (entry_no)
  left join ledger.adjustment_step t using (adjustment_id)
  left join ledger.entry d on d.entry_no = t.entry_no
 where a.adjustment_id = coalesce((select split_part(l.memo, ':', 1)
                                     from ledger.journal j join ledger.journal_line l using (journal_id)
                                    where j.kind = 'final' and j.journal_id || '/' || l.line = $1), $1);
