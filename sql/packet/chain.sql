-- The same entries as they were hashed.
-- $3 period: text
select entry_no::text as entry_no, previous, kind, period, login, to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as at, content, hash
  from ledger.entry e where e.period = $3 order by e.entry_no;
