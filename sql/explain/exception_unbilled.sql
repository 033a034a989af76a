-- The largest 20 events of its key, by rule cost, of which some class is on no bill. Hours that no bucket covers come
-- from the roll-up; within the largest 50 of them the events are looked at one by one.
-- $4 style: text
-- $5 options: jsonb   {sources: [{source, account_id, region, …: what an event's empty value counts as}]}

-- Buckets by the days that they touch, so that hours and events find theirs by equality.
create temporary table bucket_day on commit drop as
select b.*, g.at::date as day, o.account_id as default_account_id, o.region as default_region, o.model as default_model, o.api_key_id as default_api_key_id,
       o.resource_id as default_resource_id
  from seen_exception x
  join recon.bucket b on b.provider = x.provider and b.usage_start < x.period_end and b.usage_end > x.period_start
  cross join lateral generate_series(date_trunc('day', greatest(b.usage_start, x.period_start) at time zone 'UTC'),
                                     (least(b.usage_end, x.period_end) - interval '1 microsecond') at time zone 'UTC', interval '1 day') g (at)
  left join jsonb_to_recordset($5 -> 'sources')
            as o (source text, account_id text, region text, model text, api_key_id text, resource_id text) on o.source = b.source
 where b.model is null or b.model = x.model;

analyze bucket_day;

create temporary table seen_hour on commit drop as
select h.hour, h.account_id, h.region, h.service_tier, h.team_id, sum(k.r) as r
  from seen_exception x
  join recon.event_hour h on h.provider = x.provider and h.model = x.model and h.service = x.service
                         and h.hour >= x.period_start and h.hour < x.period_end
  cross join lateral (values ('input', n_input, r_input), ('cache_read', n_cache_read, r_cache_read), ('cache_write_5m', n_cache_write_5m, r_cache_write_5m),
                             ('cache_write_1h', n_cache_write_1h, r_cache_write_1h), ('output', n_output, r_output)) k (class, n, r)
 where k.n > 0
   and not exists (select from bucket_day b
                    where b.day = ref.utc_date(h.hour) and (b.usage_class is null or b.usage_class = k.class)
                      and b.usage_start <= h.hour and b.usage_end >= h.hour + interval '1 hour'
                      and b.api_key_id is null and b.resource_id is null
                      and (b.account_id is null or b.account_id = coalesce(nullif(h.account_id, ''), b.default_account_id, ''))
                      and (b.region is null or b.region = coalesce(nullif(h.region, ''), b.default_region, ''))
                      and (b.service_tier is null or b.service_tier = h.service_tier))
 group by h.hour, h.account_id, h.region, h.service_tier, h.team_id
 order by sum(k.r) desc, h.hour
 limit 50;

analyze seen_hour;

-- Classes that lines name together with the request.
create temporary table named_class on commit drop as
select distinct l.match_key as request_id, coalesce(a.usage_class, '') as usage_class
  from seen_exception x
  join recon.counted_delivery d on d.has_request_ids
  join provider.line_fact l on l.period = d.period and l.delivery_id = d.delivery_id and l.cost is not null
  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.has_request_id
                                and a.charge_type = 'usage' and a.provider = x.provider;

analyze named_class;

select e.request_id as id, to_char(e."timestamp" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at,
       concat_ws(', ', 'account ' || nullif(e.account_id, ''), nullif(e.region, ''), nullif(e.service_tier, 'standard'),
                 'not billed: ' || string_agg(k.class || ' ' || k.n, ', ' order by k.class)) as what,
       ref.amount_digits(-sum(k.r), $4) as amount_usd
  from seen_exception x
  cross join seen_hour h
  cross join lateral (select * from recon.priced_event p
                       where p."timestamp" >= h.hour and p."timestamp" < h.hour + interval '1 hour' and p.provider = x.provider and p.billable
                         and p.model = x.model and p.service = x.service and p.team_id = h.team_id and p.account_id = h.account_id
                         and p.region = h.region and p.service_tier = h.service_tier offset 0) e
  cross join lateral (values ('input', e.n_input, e.r_input), ('cache_read', e.n_cache_read, e.r_cache_read),
                             ('cache_write_5m', e.n_cache_write_5m, e.r_cache_write_5m), ('cache_write_1h', e.n_cache_write_1h, e.r_cache_write_1h),
                             ('output', e.n_output, e.r_output)) k (class, n, r)
  cross join lateral ref.event_owner(e.team_id, e.service, ref.utc_date(e."timestamp")) own
 where k.n > 0 and own.team = x.team_id and own.business_unit = x.business_unit
   and not exists (select from bucket_day b
                    where b.day = ref.utc_date(e."timestamp") and (b.usage_class is null or b.usage_class = k.class)
                      and b.usage_start <= e."timestamp" and b.usage_end > e."timestamp"
                      and (b.account_id is null or b.account_id = coalesce(nullif(e.account_id, ''), b.default_account_id, ''))
                      and (b.region is null or b.region = coalesce(nullif(e.region, ''), b.default_region, ''))
                      and (b.service_tier is null or b.service_tier = e.service_tier)
                      and (b.api_key_id is null or b.api_key_id = coalesce(nullif(e.api_key_id, ''), b.default_api_key_id, ''))
                      and (b.resource_id is null or b.resource_id = coalesce(nullif(e.resource_id, ''), b.default_resource_id, '')))
   and not exists (select from named_class c where c.request_id = e.request_id and c.usage_class in (k.class, ''))
 group by e.request_id, e."timestamp", e.account_id, e.region, e.service_tier
 order by sum(k.r) desc, e.request_id collate "C"
 limit 20;
