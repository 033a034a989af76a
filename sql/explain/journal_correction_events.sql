-- Events of the original period that came in between.
-- $4 style: text
select e.request_id, to_char(e."timestamp" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as "timestamp", coalesce(e.team_id, '') as team_id,
       coalesce(e.service, '') as service, coalesce(e.model, '') as model, coalesce(regexp_replace(f.path, '^.*/', ''), 'the gateway''s own') as file,
       ref.amount_digits(coalesce(e.computed_cost_usd, 0), $4) as computed_usd
  from seen_correction x
  join gateway.event e on e.provider = x.provider and e."timestamp" >= ref.period_start(x.corrects) and e."timestamp" < ref.period_end(x.corrects)
   and case when e.file_id <> 0 then e.file_id > x.was_file_id and e.file_id <= x.last_file_id
            else pg_visible_in_snapshot(e.xid::text::xid8, x.events) and not pg_visible_in_snapshot(e.xid::text::xid8, x.was_events) end
  left join ops.file f on f.file_id = e.file_id and e.file_id <> 0
 where x.cause = 'late_event'
 order by e.computed_cost_usd desc nulls last, e.request_id collate "C"
 limit 15;
