-- Which of these files were loaded before, by digest and source.
-- $1 source: text[], $2 digest: text[]
select k.ordinal, f.file_id, to_char(f.loaded_at, 'YYYY-MM-DD HH24:MI') || 'Z', f.path
  from unnest($1, $2) with ordinality as k (source, digest, ordinal)
  join lateral (select * from ops.file f where f.source = k.source and f.digest = k.digest order by f.file_id desc limit 1) f on true;
