-- The largest 20 events behind it that were loaded after the freeze of their month.
-- $4 style: text
select e.request_id as id, to_char(e."timestamp" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at,
       concat_ws(', ', 'after the freeze of ' || l.period, case when e.file_id <> 0 then f.path || ':' || e.row_no else 'the gateway''s own' end) as what,
       ref.amount_digits(coalesce(e.stated_cost, e.rule_cost), $4) as amount_usd
  from seen_exception x
  cross join lateral ledger.late_events(x.period) l
  join recon.priced_event e on e.provider = l.provider and e.request_id = l.request_id and e.file_id = l.file_id and e.row_no = l.row_no
  cross join lateral ref.event_owner(e.team_id, e.service, ref.utc_date(e."timestamp")) w
  left join ops.file f on f.file_id = e.file_id and e.file_id <> 0
 where x.code = 'late_event' and (e.provider, e.model, e.service, w.team, w.business_unit) = (x.provider, x.model, x.service, x.team_id, x.business_unit)
 order by coalesce(e.stated_cost, e.rule_cost) desc, e.request_id collate "C"
 limit 20;
