-- Step 1, what it looks at: current deliveries of any period that hold lines with a request id. What such lines amount to
-- is kept (recon.exact_…) and computed again only when they, the events of their providers, prices or rates have changed.
-- What the heavy statements read is no temporary table: those are not read in parallel.
-- $1 period: text, $2 version: text   of the program
-- (Attributes have one number here: what joins several columns of a partitioned table is planned for a handful of rows.)
create unlogged table scratch.exact_attribute as
select distinct a.file_id << 32 | a.attribute_no as attribute, a.provider, a.charge_type, coalesce(a.usage_class, '') as usage_class,
       case when a.charge_type = 'usage' then recon.class_bit(a.usage_class) else 0 end as bit,
       case when a.currency <> 'USD' then a.currency end as foreign_currency,
       dense_rank() over (order by a.provider collate "C", a.charge_type collate "C", a.usage_class collate "C", a.currency collate "C")::int as kind,
       case when a.currency <> 'USD' then (select array_agg(distinct q.period) from scope_delivery q
                                            where not exists (select from ref.fx x where x.period = q.period and x.currency = a.currency))
            end as unrated_periods
  from scope_delivery d
  join provider.delivery_file f using (delivery_id)
  join scope_attribute a on a.file_id = f.file_id and a.has_request_id
 where d.has_request_ids;

analyze scratch.exact_attribute;

-- What attributes have in common for step 1, with the rate of this period's lines.
create temporary table exact_kind on commit drop as
select distinct a.kind, a.provider, a.charge_type, a.usage_class, a.bit, x.usd_rate
  from scratch.exact_attribute a
  left join ref.fx x on x.period = $1 and x.currency = a.foreign_currency;

analyze exact_kind;

-- Events past the least reach of their provider may be estimated, unless a line names them.
create temporary table exact_reach on commit drop as
select provider, min(coalesce(reach, '-infinity')) as reach from account_reach group by provider;

-- Result: whether there is something to compute; the digest of what it rests on; deliveries and periods to read, as arrays;
-- and the cells in which the events are looked for first: a line is billed for the time of its event, give or take two days.
select k.digest is distinct from s.digest, k.digest, k.delivery_ids, k.own_ids, k.periods, k.from_cell, k.to_cell
  from (select encode(sha256(convert_to(concat_ws(E'\n', $2, (select max(number) from ops.migration),
                                        (select price_digest from ops.refdata order by refdata_id desc limit 1),
                                        (select string_agg(delivery_id || case when own then '!' else '' end, ' ' order by delivery_id)
                                                            from scope_delivery where has_request_ids),
                                        (select string_agg(c::text, ' ' order by c.provider collate "C", c.period) from recon.event_change c
                                          where c.provider in (select provider from exact_kind)),
                                        (select string_agg(x::text, ' ' order by x.period, x.currency) from ref.fx x),
                                        (select string_agg(r::text, ' ' order by r.provider collate "C") from exact_reach r)), 'UTF8')), 'hex') as digest,
               coalesce((select array_agg(delivery_id) from scope_delivery where has_request_ids), '{}') as delivery_ids,
               coalesce((select array_agg(delivery_id) from scope_delivery where has_request_ids and own), '{}') as own_ids,
               coalesce((select array_agg(distinct period) from scope_delivery where has_request_ids), '{}') as periods,
               recon.hour_no(date_trunc('hour', coalesce(min(d.usage_from), '2000-01-01'), 'UTC') - interval '2 days') << 32 as from_cell,
               recon.hour_no(date_trunc('hour', coalesce(max(d.usage_to), '2000-01-01'), 'UTC') + interval '2 days') << 32 as to_cell
          from scope_delivery s
          join provider.delivery d using (delivery_id)
         where s.has_request_ids) k
  left join recon.exact_state s on s.period = $1;
