-- What a journal line is made of: postings and estimates of its debit cell, or, at a clearing account, of its provider. A
-- reversal is made of what the accrual's line was; an adjustment is no posting, and neither is a correction.
-- $1 id: text   JOURNAL_ID/LINE
create temporary table seen_journal_line on commit drop as
select j.journal_id, j.period, j.kind, j.posting_date, j.draft, j.currency, j.entry_no, j.reverses, l.line, l.provider, l.account, l.cost_center,
       l.business_unit, l.debit, l.credit, l.memo, a.adjustment_id, l.business_unit = '' as is_clearing,
       case when (l.business_unit = '') = (j.kind = 'reversal') then l.debit - l.credit else l.credit - l.debit end as amount,
       ref.period_start(j.period) as period_start, ref.period_end(j.period) as period_end
  from ledger.journal j
  join ledger.journal_line l using (journal_id)
  left join ledger.adjustment a on j.kind = 'final' and a.adjustment_id = split_part(l.memo, ':', 1)
 where j.journal_id = regexp_replace($1, '/[0-9]+$', '') and l.line::text = substring($1 from '/([0-9]+)$');

create temporary table seen_place on commit drop as
select k.business_unit, k.team_id, d.cost_center, d.account
  from seen_journal_line x
 cross join lateral (select business_unit, team_id from recon.posting p where p.period = x.period and p.provider = x.provider
                      union
                     select business_unit, team_id from recon.accrual_estimate e where e.period = x.period and e.provider = x.provider) k
 cross join lateral ledger.debit_place(x.period, k.business_unit, k.team_id) d
 where x.is_clearing or (k.business_unit = x.business_unit and d.cost_center = x.cost_center and d.account = x.account);

create temporary table seen_posting on commit drop as
select p.*, p.usage_billed + p.charges as amount
  from seen_journal_line x
  join recon.posting p on p.period = x.period and p.provider = x.provider
  join seen_place d on d.business_unit = p.business_unit and d.team_id = p.team_id
 where (p.usage_billed <> 0 or p.charges <> 0) and x.adjustment_id is null and x.kind in ('accrual', 'reversal', 'final');

create temporary table seen_estimate on commit drop as
select p.*
  from seen_journal_line x
  join recon.accrual_estimate p on x.kind in ('accrual', 'reversal') and p.period = x.period and p.provider = x.provider
  join seen_place d on d.business_unit = p.business_unit and d.team_id = p.team_id;

analyze seen_journal_line;
analyze seen_place;
analyze seen_posting;
analyze seen_estimate;
