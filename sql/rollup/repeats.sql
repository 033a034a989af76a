-- Of the records of one (provider, request_id) one is counted: success before partial before other; then more output
-- tokens; then the higher computed cost; then the smaller SHA-256 of the record. Order of arrival plays no part.
-- A repeat is told from its like among the new events, or from the one that was counted before.
create temporary table repeated_key on commit drop as
select f.request_id, f.provider
  from scratch.fresh_event f
  join scratch.fresh_event g on g.request_id = f.request_id and g.provider = f.provider and (g.file_id <> f.file_id or g.row_no <> f.row_no)
union
select f.request_id, f.provider
  from scratch.fresh_event f
  join recon.event_key c on c.request_id = f.request_id
  join recon.event_kind k on k.kind_no = c.cell_no & 4294967295 and k.provider = f.provider;

analyze repeated_key;

-- (A few are found by the index, a month of them is joined whole.)
set local enable_nestloop = on;

create temporary table repeated_event on commit drop as
select e.*, date_bin('1 hour', e."timestamp", '2000-01-01 00:00:00+00') as hour, recon.record_digest(e) as digest
  from gateway.event e
  join repeated_key k on k.request_id = e.request_id and k.provider = e.provider;

set local enable_nestloop = off;

delete from recon.uncounted_event u using repeated_key k
 where u.request_id = k.request_id and u.provider = k.provider;

insert into recon.uncounted_event
select request_id, provider, file_id, row_no, hour, model, team_id, service, computed_cost_usd
  from (select e.request_id, e.provider, e.file_id, e.row_no, e.hour,
               coalesce(e.model, '') as model, coalesce(e.team_id, '') as team_id,
               coalesce(e.service, '') as service, e.computed_cost_usd,
               row_number() over (
                   partition by e.request_id, e.provider
                   order by case e.status when 'success' then 0 when 'partial' then 1 else 2 end,
                            coalesce(e.output_tokens, 0) desc, e.computed_cost_usd desc nulls last,
                            e.digest, e.file_id, e.row_no) as rank
          from repeated_event e) ranked
 where rank > 1;

insert into stale_hour
select hour from repeated_event
except
select hour from stale_hour;

-- Which of the new files brought how many repeats: every record of a request but the first one loaded.
select ops.count_repeats(array_agg(file_id), array_agg(repeats))
  from (select file_id, count(*) as repeats
          from (select e.file_id, row_number() over (partition by e.request_id, e.provider order by e.file_id, e.row_no) as nth
                  from repeated_event e) numbered
         where nth > 1 and file_id in (select file_id from fresh_hour)
         group by file_id) d;
