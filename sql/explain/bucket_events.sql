-- The events in it, the largest 50, and how many more. An event's class goes to the first bucket in the order of
-- match/bucket.sql, unless a line names the request.
-- $4 style: text
-- $5 options: jsonb   {sources: [{source, account_id, region, …: what an event's empty value counts as}]}
create temporary table seen_rival on commit drop as
select r.*, o.account_id as default_account_id, o.region as default_region, o.model as default_model, o.api_key_id as default_api_key_id,
       o.resource_id as default_resource_id, (r.period, r.bucket_no) = (b.period, b.bucket_no) as asked_for
  from asked_bucket s
  join recon.bucket b on b.period = s.period and b.bucket_no = s.bucket_no
  join recon.bucket r on r.provider = b.provider and r.usage_start < b.usage_end and r.usage_end > b.usage_start
                     and (r.usage_class = b.usage_class or r.usage_class is null or b.usage_class is null)
  left join jsonb_to_recordset($5 -> 'sources')
            as o (source text, account_id text, region text, model text, api_key_id text, resource_id text) on o.source = r.source
 where (r.usage_end - r.usage_start,
        -num_nonnulls(r.account_id, r.region, r.model, r.usage_class, r.service_tier, r.api_key_id, r.resource_id), r.usage_start, r.source collate "C",
        coalesce(r.account_id, '') collate "C", coalesce(r.region, '') collate "C", coalesce(r.model, '') collate "C",
        coalesce(r.usage_class, '') collate "C", coalesce(r.service_tier, '') collate "C", coalesce(r.api_key_id, '') collate "C",
        coalesce(r.resource_id, '') collate "C", r.period)
    <= (b.usage_end - b.usage_start,
        -num_nonnulls(b.account_id, b.region, b.model, b.usage_class, b.service_tier, b.api_key_id, b.resource_id), b.usage_start, b.source collate "C",
        coalesce(b.account_id, '') collate "C", coalesce(b.region, '') collate "C", coalesce(b.model, '') collate "C",
        coalesce(b.usage_class, '') collate "C", coalesce(b.service_tier, '') collate "C", coalesce(b.api_key_id, '') collate "C",
        coalesce(b.resource_id, '') collate "C", b.period);

analyze seen_rival;

create temporary table seen_cover on commit drop as
select distinct l.match_key as request_id, coalesce(a.usage_class, '') as usage_class
  from seen_rival b
  cross join (select distinct period from recon.counted_delivery where has_request_ids) p
  join recon.counted_delivery d on d.period = p.period and d.has_request_ids
  join provider.line_fact l on l.period = p.period and l.delivery_id = d.delivery_id and l.cost is not null
  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.has_request_id
                                and a.charge_type = 'usage' and a.provider = b.provider
 where b.asked_for;

analyze seen_cover;

create temporary table bucket_event on commit drop as
select e.request_id, e.provider, e."timestamp", e.team_id, e.service, e.model, k.class, k.n, k.r, e.computed
  from (select * from seen_rival where asked_for) b
  cross join lateral (select p.*, coalesce(p.stated_cost, p.rule_cost) as computed
                        from recon.priced_event p
                       where p."timestamp" >= b.usage_start and p."timestamp" < b.usage_end and p.provider = b.provider and p.billable
                         and (b.model is null or coalesce(nullif(p.model, ''), b.default_model, '') = b.model) offset 0) e
  cross join lateral (values ('input', e.n_input, e.r_input), ('cache_read', e.n_cache_read, e.r_cache_read),
                             ('cache_write_5m', e.n_cache_write_5m, e.r_cache_write_5m),
                             ('cache_write_1h', e.n_cache_write_1h, e.r_cache_write_1h), ('output', e.n_output, e.r_output)) k (class, n, r)
  cross join lateral (
	select r.asked_for
	  from seen_rival r
	 where (r.usage_class is null or r.usage_class = k.class) and r.usage_start <= e."timestamp" and r.usage_end > e."timestamp"
	   and (r.account_id is null or r.account_id = coalesce(nullif(e.account_id, ''), r.default_account_id, ''))
	   and (r.region is null or r.region = coalesce(nullif(e.region, ''), r.default_region, ''))
	   and (r.model is null or r.model = coalesce(nullif(e.model, ''), r.default_model, ''))
	   and (r.service_tier is null or r.service_tier = e.service_tier)
	   and (r.api_key_id is null or r.api_key_id = coalesce(nullif(e.api_key_id, ''), r.default_api_key_id, ''))
	   and (r.resource_id is null or r.resource_id = coalesce(nullif(e.resource_id, ''), r.default_resource_id, ''))
	 order by r.asked_for
	 limit 1) t
 where k.n > 0 and t.asked_for
   and not exists (select from seen_cover c where c.request_id = e.request_id and c.usage_class in (k.class, ''));

with ranked as (
	select e.*, row_number() over (order by e.n desc, e.request_id collate "C", e.class) as place,
	       case when b.usage_class is not null then
	                 recon.ratio_half_even(b.cost_usd * e.n, case when b.billed_quantity > b.metered_quantity and s.left_usd <> 0
	                                                              then b.billed_quantity else b.metered_quantity end, 12)
	            when b.rule_cost_usd > 0 then recon.ratio_half_even(s.got_in_period * e.r, b.rule_cost_usd, 12) end as share
	  from bucket_event e
	  cross join asked_bucket s
	  join recon.bucket b on b.period = s.period and b.bucket_no = s.bucket_no
)
select request_id, "timestamp", team_id, service, model, usage_class, metered, rule_cost_usd, share_usd
  from (select place, request_id, to_char("timestamp" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as "timestamp", team_id, service, model,
               class as usage_class, n::text as metered, ref.amount_digits(r, $4) as rule_cost_usd, ref.amount_digits(share, $4) as share_usd
          from ranked where place <= 50
        union all
        select 51, 'the other ' || count(*), '', '', '', '', '', '', ref.amount_digits(sum(r), $4), ref.amount_digits(sum(share), $4)
          from ranked where place > 50 and $4 = 'screen' having count(*) > 0) e
 order by place;
