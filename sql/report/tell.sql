-- Records what a night told.
-- $1 period: text[], $2 line: text[]
insert into ops.told (period, line)
select period, line from unnest($1, $2) as t (period, line)
on conflict (period) do update set line = excluded.line, told_at = excluded.told_at;
