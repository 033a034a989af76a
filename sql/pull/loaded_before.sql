-- Which of these files were loaded before a time: their place in the array, from 1.
-- $1 path: text[], $2 before: timestamptz
select k.ordinal
  from unnest($1) with ordinality as k (path, ordinal)
 where exists (select from ops.file f where f.path = k.path and f.loaded_at < $2);
