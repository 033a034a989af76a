-- Which of these objects were loaded, as the same version: their place in the arrays, from 1.
-- $1 source: text, $2 origin: text[], $3 version: text[]
select k.ordinal
  from unnest($2, $3) with ordinality as k (origin, version, ordinal)
 where exists (select from ops.file f where f.source = $1 and f.origin = k.origin and f.version = k.version);
