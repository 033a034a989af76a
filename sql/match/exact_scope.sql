-- Step 1, what it looks at: current deliveries of any period that hold lines with a request id. What such lines amount to
-- is kept (recon.exact_…) and computed again only when they, the events of their providers, prices or rates have changed.
-- $1 period: text, $2 version: text   of the program

-- The kinds of lines there are, with the bit of their class and the rate of this period's.
create temporary table exact_kind on commit drop as
select k.kind_no as line_kind, k.provider, k.charge_type, k.usage_class, case when k.charge_type = 'usage' then recon.class_bit(k.usage_class) else 0 end as bit,
       x.usd_rate
  from provider.line_kind k
  left join ref.fx x on x.period = $1 and x.currency = k.currency and k.currency <> 'USD'
 where k.has_request_id;

analyze exact_kind;

-- Lines of a currency without a rate in their month are in no amount: their kinds and months in one text.
create temporary table exact_unrated on commit drop as
select k.kind_no || ' ' || p.period as kind_period
  from provider.line_kind k
 cross join (select distinct period from scope_delivery where has_request_ids) p
 where k.has_request_id and k.currency <> 'USD' and not exists (select from ref.fx x where x.period = p.period and x.currency = k.currency);

-- Events past the least reach of their provider may be estimated, unless a line names them.
create temporary table exact_reach on commit drop as
select provider, min(coalesce(reach, '-infinity')) as reach from account_reach group by provider;

-- How many lines there are to meet events.
create temporary table exact_total on commit drop as
select coalesce(sum(s.lines), 0) as lines
  from scope_delivery d
  join provider.line_sum s using (delivery_id)
  join scope_attribute a on a.file_id = s.file_id and a.attribute_no = s.attribute_no and a.has_request_id
 where d.has_request_ids and s.has_cost
   and (a.currency = 'USD' or exists (select from ref.fx x where x.period = s.period and x.currency = a.currency));

create temporary table exact_provider on commit drop as
select distinct provider from scope_attribute where has_request_id;

-- Result: whether there is something to compute; the digest of what it rests on; deliveries and periods to read, as arrays;
-- the cells in which the events are looked for first: a line is billed for the time of its event, give or take two days; and
-- whether there are lines enough for all events of these cells to be billed; and the kinds and months that have no rate.
select k.digest is distinct from s.digest, k.digest, k.delivery_ids, k.own_ids, k.periods, k.from_cell, k.to_cell,
       -- (One number tells lines' kinds and events' cells apart: match/exact.)
       k.to_cell - k.from_cell < 32768::bigint << 32 and not exists (select from exact_kind where line_kind >= 32768)
       and (select lines from exact_total) >= (select coalesce(sum(c.events), 0) from recon.hour_cell c
                                              join recon.event_kind e on e.kind_no = c.kind_no and e.provider in (select provider from exact_provider)
                                             where c.cell_no >= k.from_cell and c.cell_no < k.to_cell) as by_cell,
       k.unrated
  from (select encode(sha256(convert_to(concat_ws(E'\n', $2, (select max(number) from ops.migration),
                                        (select price_digest from ops.refdata order by refdata_id desc limit 1),
                                        (select string_agg(delivery_id || case when own then '!' else '' end, ' ' order by delivery_id)
                                                            from scope_delivery where has_request_ids),
                                        (select string_agg(c::text, ' ' order by c.provider collate "C", c.period) from recon.event_change c
                                          where c.provider in (select provider from exact_provider)),
                                        (select string_agg(x::text, ' ' order by x.period, x.currency) from ref.fx x),
                                        (select string_agg(r::text, ' ' order by r.provider collate "C") from exact_reach r)), 'UTF8')), 'hex') as digest,
               coalesce((select array_agg(delivery_id) from scope_delivery where has_request_ids), '{}') as delivery_ids,
               coalesce((select array_agg(delivery_id) from scope_delivery where has_request_ids and own), '{}') as own_ids,
               coalesce((select array_agg(distinct period) from scope_delivery where has_request_ids), '{}') as periods,
               (select array_agg(kind_period) from exact_unrated) as unrated,
               recon.hour_no(date_trunc('hour', coalesce(min(d.usage_from), '2000-01-01'), 'UTC') - interval '2 days') << 32 as from_cell,
               recon.hour_no(date_trunc('hour', coalesce(max(d.usage_to), '2000-01-01'), 'UTC') + interval '2 days') << 32 as to_cell
          from scope_delivery s
          join provider.delivery d using (delivery_id)
         where s.has_request_ids) k
  left join recon.exact_state s on s.period = $1;
