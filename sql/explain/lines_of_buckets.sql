-- The bill lines of the buckets in seen_bucket, with the owner that owners.csv gives each (match/owner.sql). A dimension
-- that no bucket of the source and provider states was not compared. A line's model counts under the name that models.csv
-- gives it now, and under its own: it may have had no alias when it was reconciled.
create temporary table seen_bucket_line on commit drop as
select b.period, b.bucket_no, l.delivery_id, l.file_id, l.line_no, l.attribute_no, l.quantity, l.cost, a.currency,
       case when a.currency = 'USD' then l.cost else l.cost * x.usd_rate end as cost_usd, coalesce(w.team_id, '') as team,
       case when w.team_id is null and v.charge_type is not null then v.charge_type else coalesce(w.business_unit_id, 'unattributed') end as borne_by,
       v.charge_type is not null and w.team_id is null as by_policy, w.match_kind || ' ' || w.match_value as owned_through
  from seen_bucket s
  join recon.bucket b on b.period = s.period and b.bucket_no = s.bucket_no
  join (select period, source, provider, bool_or(account_id is not null) as account_id, bool_or(region is not null) as region,
               bool_or(model is not null) as model, bool_or(usage_class is not null) as usage_class,
               bool_or(service_tier is not null) as service_tier, bool_or(api_key_id is not null) as api_key_id,
               bool_or(resource_id is not null) as resource_id
          from recon.bucket group by period, source, provider) c on c.period = b.period and c.source = b.source and c.provider = b.provider
  join recon.counted_delivery d on d.source = b.source and d.period = b.period and d.has_other_lines
                          and d.usage_from <= b.usage_start and d.usage_to >= b.usage_end
  join provider.line_fact l on l.period = b.period and l.delivery_id = d.delivery_id and l.usage_start = b.usage_start
                           and l.usage_end = b.usage_end and l.cost is not null
  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and not a.has_request_id
                                and a.charge_type = 'usage' and a.provider = b.provider
  left join ref.model_alias m on m.provider = a.provider and m.alias = a.model
  left join ref.fx x on x.period = l.period and x.currency = a.currency
  left join ref.allocation v on v.charge_type = 'usage:' || coalesce(a.usage_class, '')
  left join lateral ref.owner_of(a.provider, ref.utc_date(l.usage_start), a.tags, a.principal, a.resource_id, a.api_key_id, a.account_id) w on true
 where (a.currency = 'USD' or x.usd_rate is not null)
   and (not c.account_id or a.account_id is not distinct from b.account_id)
   and (not c.region or a.region is not distinct from b.region)
   and (not c.model or coalesce(m.model, a.model) is not distinct from b.model or a.model = b.model)
   and (not c.usage_class or nullif(a.usage_class, '') is not distinct from b.usage_class)
   and (not c.service_tier or case when a.service_tier is not null then ref.tier(a.service_tier) end is not distinct from b.service_tier)
   and (not c.api_key_id or a.api_key_id is not distinct from b.api_key_id)
   and (not c.resource_id or a.resource_id is not distinct from b.resource_id);

analyze seen_bucket_line;

-- What each bearer has of what a bucket leaves, by the cost of its lines.
create temporary table seen_left on commit drop as
select s.period, s.bucket_no, s.left_usd, o.borne_by, o.team, o.by_policy, o.owned_through, o.lines,
       case when o.total = 0 then recon.ratio_half_even(s.left_usd, o.bearers, 12)
            when s.left_usd = o.total then o.cost_usd
            else recon.ratio_half_even(s.left_usd * o.cost_usd * sign(o.total), abs(o.total), 12) end as amount
  from seen_bucket s
  join (select period, bucket_no, borne_by, team, by_policy, min(owned_through) as owned_through, count(*) as lines, sum(cost_usd) as cost_usd,
               sum(sum(cost_usd)) over w as total, count(*) over w as bearers
          from seen_bucket_line
         group by period, bucket_no, borne_by, team, by_policy
        window w as (partition by period, bucket_no)) o on o.period = s.period and o.bucket_no = s.bucket_no
 where s.left_usd <> 0;
