-- The chain's head: what to keep outside of the database, because a chain cannot show the loss of its own end.
select coalesce(max(entry_no), 0)::text as entries, coalesce((select hash from ledger.entry order by entry_no desc limit 1), repeat('0', 64)) as head,
       coalesce((select period from ledger.entry order by entry_no desc limit 1), '') as period,
       coalesce((select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') from ledger.entry order by entry_no desc limit 1), '') as at
  from ledger.entry;
