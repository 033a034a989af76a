-- Which of these heads, published at one time or another, the chain does not hold any more: its place in the list, and what is there instead.
-- $1 entry: bigint[], $2 hash: text[]
select h.place, case when e.hash is null then 'it is missing' else 'its hash is another' end
  from unnest($1, $2) with ordinality as h (entry_no, hash, place)
  left join ledger.entry e using (entry_no)
 where e.hash is distinct from h.hash
 order by h.place;
