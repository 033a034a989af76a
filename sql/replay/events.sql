-- Events as they were. The view that all computing reads them through leaves out those that came later; of a request whose
-- records are not all there any more another one may count, by the order of rollup/repeats. The view's former definition comes
-- back with the rollback; who reads it meanwhile waits.
create temporary table late_record on commit drop as
select e.request_id, e.provider, e.file_id, e.row_no
  from recon.uncounted_event u
  join gateway.event e on e.request_id = u.request_id and e.provider = u.provider
 cross join replay_input i
 where case when e.file_id <> 0 then e.file_id > i.last_file_id else not pg_visible_in_snapshot(e.xid::text::xid8, i.events) end
 group by e.request_id, e.provider, e.file_id, e.row_no;

delete from recon.uncounted_event u using late_record l where l.request_id = u.request_id and l.provider = u.provider;

-- (A record's digest is of its row but for file, number and transaction, which are the last three.)
insert into recon.uncounted_event
select request_id, provider, file_id, row_no, hour, model, team_id, service, computed_cost_usd
  from (select e.request_id, e.provider, e.file_id, e.row_no, date_bin('1 hour', e."timestamp", '2000-01-01 00:00:00+00') as hour,
               coalesce(e.model, '') as model, coalesce(e.team_id, '') as team_id, coalesce(e.service, '') as service, e.computed_cost_usd,
               row_number() over (partition by e.request_id, e.provider
                                  order by case e.status when 'success' then 0 when 'partial' then 1 else 2 end,
                                           coalesce(e.output_tokens, 0) desc, e.computed_cost_usd desc nulls last,
                                           sha256(convert_to(regexp_replace(e::text, ',[0-9]+,[0-9]+,[0-9]+\)$', ')'), 'UTF8')),
                                           e.file_id, e.row_no) as rank
          from gateway.event e
          join (select distinct request_id, provider from late_record) k on k.request_id = e.request_id and k.provider = e.provider
         where not exists (select from late_record l where l.request_id = e.request_id and l.provider = e.provider
                              and l.file_id = e.file_id and l.row_no = e.row_no)) ranked
 where rank > 1;

do $$
declare
	i replay_input;
	taken text := 'true';
	columns text;
begin
	select * into i from replay_input;
	if i.last_file_id is not null then
		taken := format('case when e.file_id <> 0 then e.file_id <= %s else pg_visible_in_snapshot(e.xid::text::xid8, %L) end', i.last_file_id, i.events);
	end if;
	select string_agg(case when i.version is null or attname not in ('billing_rule_version', 'computed_cost_usd') then format('e.%I', attname)
	                       else format('case when p.model is null then e.%1$I else %2$s end as %1$I', attname,
	                                   case attname when 'billing_rule_version' then quote_literal(i.version) else 'null::numeric' end) end, ', ' order by attnum)
	  into columns from pg_attribute where attrelid = 'recon.counted_event'::regclass and attnum > 0;
	execute format('create or replace view recon.counted_event as select %s from (%s) e%s where %s', columns,
	               rtrim(pg_get_viewdef('recon.counted_event'::regclass), ';'),
	               case when i.version is null then '' else format(
	                   ' left join (select provider, model from ref.price where billing_rule_version = %L group by provider, model'
	                   ' union select a.provider, a.alias from ref.price p join ref.model_alias a on a.provider = p.provider and a.model = p.model'
	                   '        where p.billing_rule_version = %1$L) p on p.provider = e.provider and p.model = e.model', i.version) end, taken);
end $$;
