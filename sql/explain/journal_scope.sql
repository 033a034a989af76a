-- What a journal line is made of: postings, estimates and charges of its debit cell; at a clearing account, postings and
-- estimates of its provider; at recovery, what models charge beyond cost or less. Cost centers as in ledger.charge_place. A
-- reversal is made of what the accrual's line was; an adjustment is no posting, and neither is a correction.
-- $1 id: text   JOURNAL_ID/LINE
create temporary table seen_journal_line on commit drop as
select j.*, case when (j.business_unit = '') = (j.kind = 'reversal') then j.debit - j.credit else j.credit - j.debit end as amount,
       case when j.kind not in ('accrual', 'reversal', 'final') then j.kind else ledger.line_kind(j.business_unit, j.memo) end as made_of,
       j.business_unit = '' as is_clearing, a.adjustment_id, ref.period_start(j.period) as period_start, ref.period_end(j.period) as period_end
  from (select j.journal_id, j.period, j.kind, j.posting_date, j.draft, j.currency, j.entry_no, j.reverses, l.line, l.provider, l.account, l.cost_center,
               l.business_unit, l.debit, l.credit, l.memo
          from ledger.journal j
          join ledger.journal_line l using (journal_id)
         where j.journal_id = regexp_replace($1, '/[0-9]+$', '') and l.line::text = substring($1 from '/([0-9]+)$')) j
  left join ledger.adjustment a on j.kind = 'final' and a.adjustment_id = split_part(j.memo, ':', 1);

-- Business units and teams whose cost stands there.
create temporary table seen_place on commit drop as
select k.business_unit, k.team_id
  from seen_journal_line x
 cross join lateral (select p.business_unit, p.team_id from recon.posting p where p.period = x.period and p.provider = x.provider
                     union
                     select e.business_unit, e.team_id from recon.accrual_estimate e where e.period = x.period and e.provider = x.provider
                     union
                     select c.business_unit, c.team_id from recon.charge c where c.period = x.period and c.provider = x.provider) k
 cross join lateral ledger.charge_place(x.period, k.business_unit, k.team_id) w
 where case x.made_of when 'charge' then k.business_unit = x.business_unit and w.cost_center = x.cost_center
                      else x.made_of in ('clearing', 'recovery') end;

analyze seen_place;

create temporary table seen_posting on commit drop as
select p.*, p.usage_billed + p.charges as amount
  from seen_journal_line x
  join recon.posting p on p.period = x.period and p.provider = x.provider
  join seen_place w on w.business_unit = p.business_unit and w.team_id = p.team_id
 where (p.usage_billed <> 0 or p.charges <> 0) and x.made_of in ('charge', 'clearing');

create temporary table seen_estimate on commit drop as
select p.*
  from seen_journal_line x
  join recon.accrual_estimate p on x.kind in ('accrual', 'reversal') and p.period = x.period and p.provider = x.provider
  join seen_place w on w.business_unit = p.business_unit and w.team_id = p.team_id
 where x.made_of in ('charge', 'clearing');

create temporary table seen_charge on commit drop as
select c.*
  from seen_journal_line x
  join recon.charge c on c.period = x.period and c.with_estimate = (x.kind in ('accrual', 'reversal')) and c.provider = x.provider
  join seen_place w on w.business_unit = c.business_unit and w.team_id = c.team_id
 where x.made_of = 'charge' or x.made_of = 'recovery' and c.step = 'recovery';

analyze seen_journal_line;
analyze seen_posting;
analyze seen_estimate;
analyze seen_charge;

create temporary table seen_correction on commit drop as
select j.corrects, l.cause, x.provider, x.business_unit, x.cost_center, x.account, ledger.line_kind(x.business_unit, x.memo) as line_kind, i.entry_no, i.last_delivery_id, i.last_file_id, i.events,
       i.refdata_id, w.last_delivery_id as was_delivery_id, w.last_file_id as was_file_id, w.events as was_events, w.refdata_id as was_refdata_id
  from seen_journal_line x
  join ledger.journal j on j.journal_id = x.journal_id and j.kind = 'correction'
  join ledger.journal_line l on l.journal_id = x.journal_id and l.line = x.line
  join ledger.pinned_input i on i.entry_no = (ledger.latest_freeze(j.period)).entry_no and i.period = j.corrects
  join lateral (select p.* from ledger.pinned_input p
                  join ledger.period_step s using (entry_no)
                 where p.period = i.period and p.entry_no < i.entry_no and s.entry_no = (ledger.latest_freeze(s.period)).entry_no
                 order by p.entry_no desc limit 1) w on true;
