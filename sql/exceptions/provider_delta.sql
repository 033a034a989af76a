-- What finance chases: rates, quantities, what is unbilled or unmetered, deliveries. Creates the table that all findings go to.
create temporary table finding (
	code text not null,
	business_unit text not null,
	team_id text not null,
	service text not null,
	provider text not null,
	model text not null,
	request_id text not null default '',
	amount_usd numeric not null,
	count bigint not null,
	detail text not null default ''
) on commit drop;

-- |S − R×f| > max(0.01, 0.5 %) of a bucket, or of an exact class. rate = S − R×f as posted.
insert into finding
select 'rate_variance', t.business_unit, t.team_id, t.service, t.provider, t.model, '', sum(t.rate), count(distinct t.bucket_no),
       'buckets from ' || to_char(min(b.usage_start), 'YYYY-MM-DD HH24:MI')
  from recon.posting t
  join run_option o on o.period = t.period
  join recon.bucket b on b.period = t.period and b.bucket_no = t.bucket_no
  join (select bucket_no from recon.posting p, run_option o where p.period = o.period and step = 'bucket'
         group by bucket_no
        having abs(sum(rate)) > greatest(0.01, 0.005 * abs(sum(rule_cost + quantity)))) x on x.bucket_no = t.bucket_no
 where t.step = 'bucket'
 group by t.business_unit, t.team_id, t.service, t.provider, t.model
having sum(t.rate) <> 0;

insert into finding
select 'rate_variance', business_unit, team_id, service, provider, model, '', sum(rate), sum(lines),
       'usage classes ' || string_agg(usage_class, ', ' order by usage_class collate "C")
  from (select business_unit, team_id, service, provider, model, usage_class, sum(lines) as lines, sum(rate) as rate,
               abs(sum(rule_cost + quantity)) as expected
          from recon.posting p join run_option o on o.period = p.period
         where step = 'exact' and charge_type = 'usage'
         group by business_unit, team_id, service, provider, model, usage_class) c
 where abs(rate) > greatest(0.01, 0.005 * expected)
 group by business_unit, team_id, service, provider, model;

-- The same per request and class, where lines and event name them.
insert into finding
select 'quantity_variance', w.business_unit, w.team, c.service, c.provider, c.model, min(c.request_id collate "C"),
       sum(recon.round_half_even(coalesce(c.price, 0) * l.quantity - c.r, 12)), count(*), ''
  from exact_line l
  join exact_class c on c.provider = l.provider and c.request_id = l.request_id and c.class = l.usage_class and c.billable and c.in_period
  join day_owner w on w.team_id = c.team_id and w.service = c.service and w.day = ref.utc_date(c."timestamp")
 where l.own and l.charge_type = 'usage' and abs(c.n - l.quantity) > 0.005 * abs(l.quantity)
 group by w.business_unit, w.team, c.service, c.provider, c.model;

-- |M − Q| > 0.5 % of Q: more metered than billed shows at the groups, more billed than metered at who bears the rest.
insert into finding
select 'quantity_variance', business_unit, team_id, service, provider, model, '', sum(amount), count(distinct bucket_no),
       'buckets from ' || to_char(min(usage_start), 'YYYY-MM-DD HH24:MI')
  from (select t.business_unit, t.team_id, t.service, t.provider, t.model, t.quantity as amount, t.bucket_no, b.usage_start
          from recon.posting t
          join run_option o on o.period = t.period
          join recon.bucket b on b.period = t.period and b.bucket_no = t.bucket_no
         where abs(b.metered_quantity - b.billed_quantity) > 0.005 * abs(b.billed_quantity) and t.quantity <> 0
        union all
        select c.business_unit, c.team, '', b.provider, coalesce(b.model, ''), s.amount, c.bucket_id, b.usage_start
          from left_cell c
          join left_share s on s.pool = c.bucket_id and s.cell = c.cell
          join bucket b using (bucket_id)
          join bucket_total t using (bucket_id)
         where t.billed - t.metered > 0.005 * t.billed and s.amount <> 0) x
 group by business_unit, team_id, service, provider, model;

insert into finding
select 'unbilled_usage', business_unit, team, service, provider, model, '', -sum(r), sum(events),
       'hours from ' || to_char(min(slot), 'YYYY-MM-DD HH24:MI')
  from (select w.business_unit, w.team, c.service, c.provider, c.model, c.slot, c.account_id, c.region, c.service_tier,
               c.environment, c.tenant_id, c.feature, c.api_key_id, c.resource_id, sum(c.r) as r, max(c.events) as events
          from slot_count c
          cross join run_option o
          join day_owner w on w.team_id = c.team_id and w.service = c.service and w.day = ref.utc_date(c.slot)
         where c.slot >= o.period_start and c.slot < o.period_end
           and c.slot + interval '1 hour' <= o.as_of - o.settle_days * interval '1 day'
           and not exists (select from taken t where t.cell_id = c.cell_id)
         group by w.business_unit, w.team, c.service, c.provider, c.model, c.slot, c.account_id, c.region, c.service_tier,
                  c.environment, c.tenant_id, c.feature, c.api_key_id, c.resource_id) u
 group by business_unit, team, service, provider, model
having sum(r) <> 0;

insert into finding
select 'unmetered_usage', business_unit, team_id, '', provider, model, '', sum(unmetered), sum(lines), ''
  from recon.posting p join run_option o on o.period = p.period
 where step in ('owner', 'policy', 'unattributed') and charge_type = 'usage'
 group by business_unit, team_id, provider, model
having sum(unmetered) <> 0;

insert into finding
select 'duplicate_line', coalesce(w.business_unit, 'unattributed'), coalesce(w.team, ''), coalesce(e.service, ''), d.provider,
       coalesce(e.model, d.model, ''), min(d.request_id collate "C"), sum(d.cost_usd * (d.times - 1)), sum(d.times - 1), ''
  from (select a.provider, a.model, l.match_key as request_id, count(*) as times,
               case when a.currency = 'USD' then l.cost else l.cost * x.usd_rate end as cost_usd
          from provider.line_fact l
          join scope_delivery s on s.delivery_id = l.delivery_id and s.own and s.has_request_ids
          join scope_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.has_request_id
          join exact_line m on m.provider = a.provider and m.request_id = l.match_key and m.charge_type = a.charge_type
                           and m.usage_class = coalesce(a.usage_class, '') and m.own and m.lines > 1
          cross join run_option o
          left join ref.fx x on x.period = l.period and x.currency = a.currency
         where l.period = o.period and l.cost is not null and a.charge_type = 'usage'
         group by l.delivery_id, a.provider, a.model, l.match_key, a.usage_class, l.usage_start, l.usage_end, l.quantity, l.cost, a.currency, x.usd_rate
        having count(*) > 1) d
  left join exact_event e on e.provider = d.provider and e.request_id = d.request_id
  left join day_owner w on w.team_id = e.team_id and w.service = e.service and w.day = ref.utc_date(e."timestamp")
 group by coalesce(w.business_unit, 'unattributed'), coalesce(w.team, ''), coalesce(e.service, ''), d.provider, coalesce(e.model, d.model, '');

insert into finding
select 'currency_unsupported', '', '', '', a.provider, '', '', 0, count(*), 'currency ' || string_agg(distinct a.currency collate "C", ', ' order by a.currency collate "C")
  from provider.line_fact l
  join scope_delivery d on d.delivery_id = l.delivery_id and d.own
  join scope_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no
  cross join run_option o
 where l.period = o.period and l.cost is not null and a.currency <> 'USD'
   and not exists (select from ref.fx x where x.period = l.period and x.currency = a.currency)
 group by a.provider;
