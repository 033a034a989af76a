-- Findings become exceptions, one per key. What people said of an exception (status, owner) stays; open ones that are no
-- longer found go, others that are no longer found are resolved.
create temporary table found on commit drop as
select left(encode(sha256(convert_to(concat_ws(E'\x1f', o.period, f.code, f.business_unit, f.team_id, f.service, f.provider, f.model), 'UTF8')), 'hex'), 16) as exception_id,
       o.period, f.code, f.business_unit, f.team_id, f.service, f.provider, f.model,
       coalesce(min(nullif(f.request_id, '') collate "C"), '') as request_id, sum(f.amount_usd) as amount_usd, sum(f.count) as count,
       coalesce(min(nullif(f.detail, '') collate "C"), '') as detail
  from finding f cross join run_option o
 group by o.period, f.code, f.business_unit, f.team_id, f.service, f.provider, f.model;

delete from recon.exception e using run_option o
 where e.period = o.period and e.status = 'open' and not exists (select from found f where f.exception_id = e.exception_id);

update recon.exception e set status = 'resolved'
  from run_option o
 where e.period = o.period and e.status = 'acknowledged' and not exists (select from found f where f.exception_id = e.exception_id);

insert into recon.exception
select f.exception_id, f.period, c.class, f.code, c.severity, f.business_unit, f.team_id, f.service, f.provider, f.model, f.request_id,
       f.amount_usd, f.count, f.detail, coalesce(b.owner_email, ''), 'open'
  from found f
  join recon.exception_code c using (code)
  left join lateral (select u.owner_email from ref.business_unit u where u.business_unit_id = f.business_unit
                      order by u.valid_from desc limit 1) b on true
on conflict (exception_id) do update
   set request_id = excluded.request_id, amount_usd = excluded.amount_usd, count = excluded.count, detail = excluded.detail,
       severity = excluded.severity, class = excluded.class;
