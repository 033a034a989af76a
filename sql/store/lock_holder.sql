-- Who holds the lock of jobs that change data.
-- $1 space: integer
-- $2 number: integer
-- Result: application_name, user, connected since, server process; no row if it is free.
select a.application_name, a.usename, to_char(a.backend_start, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since, a.pid
from pg_locks l
join pg_stat_activity a using (pid)
where l.locktype = 'advisory' and l.granted and l.objsubid = 2
  and l.classid::bigint = $1 and l.objid::bigint = $2
  and l.database = (select oid from pg_database where datname = current_database());
