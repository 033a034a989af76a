-- Which of these files were loaded before. Digests come as hex digits, so whatever begins with a head is below the head
-- with a letter after f.
-- $1 digest_head: text[]   the first digits of their digests
-- Result: their numbers in the list, from 1.
select h.number
  from unnest($1) with ordinality as h (head, number)
 where exists (select from ops.file f where f.digest >= h.head and f.digest < h.head || 'g');
