-- What a journal line is made of: postings and estimates of its debit cell, or, at a clearing account, of its provider.
-- Cost centers as in journal/accrual.sql. A correction's line has neither: it is a difference.
-- $1 id: text   JOURNAL_ID/LINE
create temporary table seen_journal_line on commit drop as
select j.journal_id, j.period, j.kind, j.posting_date, j.draft, j.currency, l.line, l.provider, l.account, l.cost_center, l.business_unit,
       l.debit, l.credit, l.memo, case when l.business_unit = '' then l.credit - l.debit else l.debit - l.credit end as amount,
       l.business_unit = '' as is_clearing, ref.period_start(j.period) as period_start, ref.period_end(j.period) as period_end
  from ledger.journal j join ledger.journal_line l using (journal_id)
 where j.journal_id = regexp_replace($1, '/[0-9]+$', '') and l.line::text = substring($1 from '/([0-9]+)$');

create temporary table seen_posting on commit drop as
select p.*, p.usage_billed + p.charges as amount
  from seen_journal_line x
  join recon.posting p on p.period = x.period and p.provider = x.provider and (x.is_clearing or p.business_unit = x.business_unit)
  left join lateral (select u.cost_center from ref.business_unit u
                      where u.business_unit_id = p.business_unit and u.valid_from < ref.utc_date(ref.period_end(x.period))
                      order by u.valid_from desc limit 1) b on true
  left join lateral (select v.cost_center from ref.team v
                      where v.team_id = p.team_id and v.business_unit_id = p.business_unit
                        and v.valid_from < ref.utc_date(ref.period_end(x.period))
                      order by v.valid_from desc limit 1) t on true
 where (p.usage_billed <> 0 or p.charges <> 0) and x.memo !~ '^ADJ-' and x.kind <> 'correction' -- these are no postings
   and (x.is_clearing or coalesce(nullif(t.cost_center, ''), b.cost_center, '') = x.cost_center);

create temporary table seen_estimate on commit drop as
select p.*
  from seen_journal_line x
  join recon.accrual_estimate p on x.kind = 'accrual' and p.period = x.period and p.provider = x.provider
                               and (x.is_clearing or p.business_unit = x.business_unit)
  left join lateral (select u.cost_center from ref.business_unit u
                      where u.business_unit_id = p.business_unit and u.valid_from < ref.utc_date(ref.period_end(x.period))
                      order by u.valid_from desc limit 1) b on true
  left join lateral (select v.cost_center from ref.team v
                      where v.team_id = p.team_id and v.business_unit_id = p.business_unit
                        and v.valid_from < ref.utc_date(ref.period_end(x.period))
                      order by v.valid_from desc limit 1) t on true
 where x.is_clearing or coalesce(nullif(t.cost_center, ''), b.cost_center, '') = x.cost_center;

analyze seen_journal_line;
analyze seen_posting;
analyze seen_estimate;

create temporary table seen_correction on commit drop as
select j.corrects, l.cause, x.provider, x.business_unit, x.cost_center, x.account, x.is_clearing, i.entry_no, i.last_delivery_id, i.last_file_id, i.events,
       i.refdata_id, w.last_delivery_id as was_delivery_id, w.last_file_id as was_file_id, w.events as was_events, w.refdata_id as was_refdata_id
  from seen_journal_line x
  join ledger.journal j on j.journal_id = x.journal_id and j.kind = 'correction'
  join ledger.journal_line l on l.journal_id = x.journal_id and l.line = x.line
  join ledger.pinned_input i on i.entry_no = (ledger.latest_freeze(j.period)).entry_no and i.period = j.corrects
  join lateral (select p.* from ledger.pinned_input p
                  join ledger.period_step s using (entry_no)
                 where p.period = i.period and p.entry_no < i.entry_no and s.entry_no = (ledger.latest_freeze(s.period)).entry_no
                 order by p.entry_no desc limit 1) w on true;
