-- What a correction's journal or line is about: the month that it corrects, and between which deliveries, files and events it was
-- computed. Empty for anything else.
-- $1 id: text   JOURNAL_ID or JOURNAL_ID/LINE
create temporary table packet_correction on commit drop as
select distinct j.corrects as period, l.provider, w.last_delivery_id as was_delivery_id, i.last_delivery_id, w.last_file_id as was_file_id, i.last_file_id,
       w.events::text as was_events, i.events::text as events
  from ledger.journal j
  join ledger.journal_line l using (journal_id)
  join ledger.pinned_input i on i.entry_no = (ledger.latest_freeze(j.period)).entry_no and i.period = j.corrects
  join lateral (select p.* from ledger.pinned_input p
                  join ledger.period_step s using (entry_no)
                 where p.period = i.period and p.entry_no < i.entry_no and s.entry_no = (ledger.latest_freeze(s.period)).entry_no
                 order by p.entry_no desc limit 1) w on true
 where j.kind = 'correction' and $1 in (j.journal_id, j.journal_id || '/' || l.line);
