-- Events as they were. The view that all computing reads them through leaves out those that came later (recon.horizon); of a
-- request whose records are not all there any more another one may count, by the order of rollup/repeats.
create temporary table late_record on commit drop as
select e.request_id, e.provider, e.file_id, e.row_no, min(date_bin('1 hour', e."timestamp", '2000-01-01 00:00:00+00')) as hour
  from recon.uncounted_event u
  join gateway.event e on e.request_id = u.request_id and e.provider = u.provider
 cross join replay_input i
 where case when e.file_id <> 0 then e.file_id > i.last_file_id else not pg_visible_in_snapshot(e.xid::text::xid8, i.events) end
 group by e.request_id, e.provider, e.file_id, e.row_no;

create temporary table kept_record on commit drop as
select e.request_id, e.provider, e.file_id, e.row_no, date_bin('1 hour', e."timestamp", '2000-01-01 00:00:00+00') as hour,
       coalesce(e.model, '') as model, coalesce(e.team_id, '') as team_id, coalesce(e.service, '') as service, e.computed_cost_usd,
       row_number() over (partition by e.request_id, e.provider
                          order by case e.status when 'success' then 0 when 'partial' then 1 else 2 end,
                                   coalesce(e.output_tokens, 0) desc, e.computed_cost_usd desc nulls last,
                                   recon.record_digest(e), e.file_id, e.row_no) as rank
  from gateway.event e
  join (select distinct request_id, provider from late_record) k on k.request_id = e.request_id and k.provider = e.provider
 where not exists (select from late_record l where l.request_id = e.request_id and l.provider = e.provider
                      and l.file_id = e.file_id and l.row_no = e.row_no);

delete from recon.uncounted_event u using late_record l where l.request_id = u.request_id and l.provider = u.provider;

insert into recon.uncounted_event
select request_id, provider, file_id, row_no, hour, model, team_id, service, computed_cost_usd from kept_record where rank > 1;
