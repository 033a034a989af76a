-- The events of seen_event as the roll-up judges them (rollup/judge.sql, which runs next and makes `verdict` of them). What the
-- roll-up has not priced yet has no verdict.
create temporary table odd_event on commit drop as
select j.*
  from recon.judged_event j
 where (j.request_id, j.provider) in (select request_id, provider from seen_event) and j.price_day is not null;
