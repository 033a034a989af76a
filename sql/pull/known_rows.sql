-- Which of these rows of a gateway are here already, unchanged: as events, or in files that landed (pull/landed).
-- $1 request_id: text[], $2 mark: text[]
-- Result: their numbers in the lists, from 1. The limit makes it one look into the index per row.
select k.number
  from unnest($1, $2) with ordinality as k (request_id, mark, number)
 cross join lateral (
	select
	  from gateway.event e
	 where e.request_id = btrim(k.request_id, E' \t\r\n') and e.attributes ->> 'litellm_row' = k.mark
	 limit 1) known
union
select k.number
  from unnest($2) with ordinality as k (mark, number)
 where exists (select from pull_landed l where l.mark = k.mark);
