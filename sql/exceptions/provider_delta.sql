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
create temporary table rate_bucket on commit drop as
select p.bucket_no
  from recon.posting p
  join run_option o on p.period = o.period
 where p.step = 'bucket'
 group by p.bucket_no
having abs(sum(p.rate)) > greatest(0.01, 0.005 * abs(sum(p.rule_cost + p.quantity)));

analyze rate_bucket;

insert into finding
select 'rate_variance', t.business_unit, t.team_id, t.service, t.provider, t.model, '', sum(t.rate), count(distinct t.bucket_no),
       'buckets from ' || to_char(min(b.usage_start), 'YYYY-MM-DD HH24:MI')
  from recon.posting t
  join run_option o on o.period = t.period
  join recon.bucket b on b.period = t.period and b.bucket_no = t.bucket_no
  join rate_bucket x on x.bucket_no = t.bucket_no
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

-- The same per request and class, and lines that stand twice, as step 1 found them.
insert into finding
select f.code, w.business_unit, w.team, f.service, f.provider, f.model, min(f.first_request_id collate "C"), sum(f.amount_usd), sum(f.requests), ''
  from recon.exact_finding f
  join run_option o on o.period = f.period
  join day_owner w on w.team_id = f.team_id and w.service = f.service and w.day = f.day
 group by f.code, w.business_unit, w.team, f.service, f.provider, f.model;

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
        -- (to the unit to which allocations.csv gives usage of this class that nobody owns)
        select coalesce(v.target, c.business_unit), c.team, '', k.provider, coalesce(k.model, ''), s.amount, c.bucket_id, b.usage_start
          from left_cell c
          join left_share s on s.pool = c.bucket_id and s.cell = c.cell
          join bucket b using (bucket_id)
          join bucket_key k using (key_no)
          join bucket_total t using (bucket_id)
          left join ref.allocation v on c.team = '' and v.charge_type = 'usage:' || k.usage_class and v.method = 'business_unit'
         where t.billed - t.metered > 0.005 * t.billed and s.amount <> 0) x
 group by business_unit, team_id, service, provider, model;

insert into finding
select 'unbilled_usage', w.business_unit, w.team, w.service, k.provider, k.model, '', -sum(c.r), sum(c.events),
       'hours from ' || to_char(min(c.slot), 'YYYY-MM-DD HH24:MI')
  from (select kind_no, day, min(slot) as slot, sum(r) as r, sum(events) as events
          from (select c.kind_no, c.day, c.slot, sum(c.r) as r, max(c.events) as events
                  from slot_count c
                 cross join run_option o
                 where c.slot >= o.period_start and c.slot < o.period_end
                   and c.slot + interval '1 hour' <= o.as_of - o.settle_days * interval '1 day'
                   and not exists (select from taken t where t.cell_id = c.cell_id)
                 group by c.kind_no, c.day, c.slot) u
         group by kind_no, day
        union all
        select d.kind_no, d.day, d.first_slot,
               coalesce(d.n_input * e.p_input, 0) + coalesce(d.n_cache_read * e.p_cache_read, 0) + coalesce(d.n_cache_write_5m * e.p_cache_write_5m, 0)
               + coalesce(d.n_cache_write_1h * e.p_cache_write_1h, 0) + coalesce(d.n_output * e.p_output, 0), d.events
          from unsought_day d
          join recon.event_kind e using (kind_no)
         where d.is_settled and (d.n_input > 0 or d.n_cache_read > 0 or d.n_cache_write_5m > 0 or d.n_cache_write_1h > 0 or d.n_output > 0)) c
  join slot_kind k using (kind_no)
  join kind_bearer using (kind_no, day)
  join bearer w using (bearer_no)
 group by w.business_unit, w.team, w.service, k.provider, k.model
having sum(c.r) <> 0;

insert into finding
select 'unmetered_usage', business_unit, team_id, '', provider, model, '', sum(unmetered), sum(lines), ''
  from recon.posting p join run_option o on o.period = p.period
 where step in ('owner', 'policy', 'unattributed') and charge_type = 'usage'
 group by business_unit, team_id, provider, model
having sum(unmetered) <> 0;

insert into finding
select 'currency_unsupported', '', '', '', a.provider, '', '', 0, sum(l.lines), 'currency ' || string_agg(distinct a.currency collate "C", ', ' order by a.currency collate "C")
  from provider.line_sum l
  join scope_delivery d on d.delivery_id = l.delivery_id and d.own
  join scope_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no
 where l.has_cost and a.currency <> 'USD'
   and not exists (select from ref.fx x where x.period = l.period and x.currency = a.currency)
 group by a.provider;
