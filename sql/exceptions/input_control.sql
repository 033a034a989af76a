-- Rows and files that could not be read, and business units over their threshold.
insert into finding
select 'malformed_row', '', '', '', '', '', '', 0, count(*),
       min(regexp_replace(f.path, '^.*/', '') || ':' || q.line || ': ' || q.reason collate "C")
  from ops.quarantine q
  join ops.file f using (file_id)
  join run_option o on o.period = f.period
having count(*) > 0;

-- (A source that could not be pulled is named by its provider, where that is known, else by itself.)
insert into finding
select r.code, '', '', '', p.provider, '', '', 0, count(*),
       min(regexp_replace(r.path, '^.*/', '') || ': ' || r.message collate "C")
  from (select distinct on (path) * from ops.rejected_file order by path, rejected_id desc) r
  join run_option o on o.period = ref.period_of(r.as_of)
  cross join lateral (
	select case when r.code = 'missing_delivery'
	            then coalesce((select min(d.provider collate "C") from delivery_provider d where d.source = r.source), r.source) else '' end as provider) p
 where not exists (select from ops.file f where f.path = r.path and f.loaded_at > r.rejected_at)
 group by r.code, p.provider;

insert into finding
select 'threshold_breach', v.business_unit, '', '', '', '', '', v.variance_usd, 1,
       'tolerance ' || trim_scale(v.tolerance_usd)::text || ' USD'
  from recon.variance v join run_option o on o.period = v.period
 where v.status = 'breach';
