-- What is wrong with the ledger's chain, the earliest entry first.
select entry_no::text as entry, what from close.breaks();
