-- Deliveries that were restated, and days that none covers.
insert into finding
select 'restated_delivery', '', '', '', coalesce(p.provider, ''), '', '', sum(n.cost - d.cost), count(*),
       d.source || '/' || d.dataset || ' from ' || to_char(min(d.bucket_start), 'YYYY-MM-DD')
  from provider.delivery d
  join run_option o on o.period = d.period
  join provider.delivery n on n.delivery_id = d.superseded_by
  left join (select delivery_id, min(provider collate "C") as provider from delivery_provider group by delivery_id) p on p.delivery_id = n.delivery_id
 where n.cost <> d.cost or n.line_count <> d.line_count
 group by coalesce(p.provider, ''), d.source, d.dataset;

-- A day that is older than settle_days, has billable events of a provider whose bill comes by the day, and no delivery;
-- or a provider that was billed before and has no delivery at all for the period.
insert into finding
select 'missing_delivery', '', '', '', provider, '', '', -sum(computed), count(*),
       count(*) || case count(*) when 1 then ' day, ' else ' days from ' end || to_char(min(day), 'YYYY-MM-DD')
  from (select k.provider, d.day, sum(d.computed_usd) as computed
          from kind_day d
          join recon.event_kind k using (kind_no)
         where d.in_period
         group by k.provider, d.day) e
  cross join run_option o
 where (e.day + 1)::timestamp at time zone 'UTC' <= o.as_of - o.settle_days * interval '1 day'
   and exists (select from delivery_provider p join provider.delivery d using (delivery_id)
                where p.provider = e.provider and d.superseded_by is null
                  and d.bucket_start <= e.day::timestamp at time zone 'UTC' + interval '1 day' and d.cost <> 0)
   and not exists (select from delivery_provider p join provider.delivery d using (delivery_id)
                    where p.provider = e.provider and d.superseded_by is null and d.has_cost
                      and d.bucket_start < (e.day + 1)::timestamp at time zone 'UTC'
                      and d.bucket_end > e.day::timestamp at time zone 'UTC')
 group by provider;
