-- Step 1, where some request has two lines of a class: lines that stand twice in a delivery (same request, class, window,
-- quantity and cost).
-- $1 period: text, $2 delivery_id: bigint[], $3 own_delivery_id: bigint[], $4 periods: text[], $9 unrated: text[]   null: none
insert into recon.exact_finding
select $1, 'duplicate_line', d.provider, coalesce(o.model, m.model, d.model, ''), coalesce(o.team_id, ''), coalesce(o.service, ''),
       coalesce(recon.day_of(d.cell_no), d.day), sum(d.times - 1), sum(d.cost_usd * (d.times - 1)), min(d.request_id collate "C")
  from (select b.provider, c.cell_no, b.model, l.match_key as request_id, ref.utc_date(l.usage_start) as day, count(*) as times,
               l.cost * coalesce(a.usd_rate, 1) as cost_usd
          from exact_repeat c
          join provider.line_fact l on l.match_key = c.request_id
          join exact_kind a on a.line_kind = l.kind_no and a.provider = c.provider and a.charge_type = 'usage'
          join provider.line_attribute b on b.file_id = l.file_id and b.attribute_no = l.attribute_no
         where l.delivery_id = any ($3) and l.period = $1 and l.cost is not null and ($9 is null or l.kind_no || ' ' || l.period <> all ($9))
         group by l.delivery_id, b.provider, c.cell_no, b.model, l.match_key, a.usage_class, l.usage_start, l.usage_end, l.quantity, l.cost, a.usd_rate
        having count(*) > 1) d
  left join recon.event_kind o on o.kind_no = d.cell_no & 4294967295
  left join ref.model_alias m on m.provider = d.provider and m.alias = d.model
 group by d.provider, coalesce(o.model, m.model, d.model, ''), coalesce(o.team_id, ''), coalesce(o.service, ''), coalesce(recon.day_of(d.cell_no), d.day);
