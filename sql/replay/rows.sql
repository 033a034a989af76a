-- What a freeze pinned of the rows that it rests on, against what stands. Result: a text per table that differs.
-- $1 entry_no: bigint   of the freeze
select format('%s: its rows are not those that were frozen', relation)
  from (select * from ledger.pinned_rows where entry_no = $1) a
  full join ledger.rows_of($1) b using (relation)
 where a.digest is distinct from b.digest
 order by relation collate "C";
