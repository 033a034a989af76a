-- The accounts that journals touch, each with its first day.
-- $1 journals: text[]
select l.account, l.business_unit, min(j.posting_date)::text as since,
       string_agg(distinct j.currency, ',') as currencies
  from ledger.journal j join ledger.journal_line l using (journal_id)
 where j.journal_id = any ($1)
 group by l.account, l.business_unit
 order by l.account collate "C", l.business_unit collate "C";
