-- The server's settings that are worse than they should be, and what it takes to change them. A setting that the server
-- does not have or show is none.
-- $1 name: text[], $2 better: text[], $3 rule: text[], $4 why: text[]   a rule is least, most or exactly
select s.name as setting, current_setting(s.name, true) as "is", w.better, w.why,
       case s.context when 'user' then 'alter role' when 'superuser' then 'alter role, by a superuser'
                      when 'postmaster' then 'restart' else 'reload' end as takes
  from unnest($1, $2, $3, $4) with ordinality as w (name, better, rule, why, place)
  join pg_settings s on s.name = w.name
  cross join lateral (select s.vartype in ('integer', 'real') as is_number, s.unit like '%B' as is_size, s.unit in ('ms', 's', 'min') as is_time) k
 cross join lateral (select case when k.is_size then s.setting::numeric * pg_size_bytes(case when s.unit ~ '^[0-9]' then s.unit else '1' || s.unit end)
                                 when k.is_time then s.setting::numeric * extract(epoch from ('1 ' || s.unit)::interval)
                                 when k.is_number then s.setting::numeric end as has,
                            case when k.is_size then pg_size_bytes(w.better)
                                 when k.is_time then extract(epoch from w.better::interval)
                                 when k.is_number then w.better::numeric end as wants) n
 where case w.rule when 'least' then n.has < n.wants when 'most' then n.has > n.wants else s.setting <> w.better end
 order by w.place;
