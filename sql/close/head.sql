-- The chain's head: what to keep outside of the database, because a chain cannot show the loss of its own end.
select coalesce(max(entry_no), 0)::text as entries, coalesce((select hash from ledger.entry order by entry_no desc limit 1), repeat('0', 64)) as head
  from ledger.entry;
