-- Which of these files were loaded before, by digest and source; files of a manifest only as part of the same assembly or
-- execution, because another one is another statement of what the bill is, even if it holds nothing new.
-- $1 source: text[], $2 digest: text[], $3 label: text[]   '' without manifest
select k.ordinal, to_char(f.loaded_at, 'YYYY-MM-DD HH24:MI') || 'Z', f.path,
       exists (select from provider.delivery_file d where d.file_id = f.file_id)
       and not exists (select from provider.delivery_file d join provider.delivery p using (delivery_id)
                        where d.file_id = f.file_id and p.superseded_by is null) as is_superseded
  from unnest($1, $2, $3) with ordinality as k (source, digest, label, ordinal)
  join lateral (select *
                  from ops.file f
                 where f.source = k.source and f.digest = k.digest
                   and (k.label = '' or f.rows_read = 0
                        or exists (select from provider.delivery_file d join provider.delivery p using (delivery_id)
                                    where d.file_id = f.file_id and p.label = k.label))
                 order by f.file_id desc limit 1) f on true;
