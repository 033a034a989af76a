-- The accounts that journals touch, each with its first day.
-- $1 journals: text[]
select l.account, l.business_unit, k.root, min(j.posting_date)::text as since,
       string_agg(distinct j.currency, ',') as currencies
  from ledger.journal j join ledger.journal_line l using (journal_id)
 cross join lateral (select case ledger.line_kind(l.business_unit, l.memo) when 'clearing' then 'Liabilities' when 'recovery' then 'Income'
                                                                           else 'Expenses' end) k (root)
 where j.journal_id = any ($1)
 group by l.account, l.business_unit, k.root
 order by l.account collate "C", l.business_unit collate "C", k.root collate "C";
