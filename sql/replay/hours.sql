-- The hours of the roll-up that are made anew (rollup/cells, rates, hours, keys), with prices as they are now: those of the period
-- and of its bills, and two days around them, to which lines may reach. Of others those alone in which a request that the
-- month's lines name stands, or did, or has come to since: who is told of such a request tells of any month. Others stay.
-- After replay/events. Result: the first, the end of the last, all.
-- $1 period: text
create temporary table rollup_scope on commit drop as select false as everything, true as prices;

create temporary table stale_hour on commit drop as
select h as hour
  from (select least(ref.period_start($1), min(d.usage_from)) - interval '2 days' as from_time,
               greatest(ref.period_end($1), max(d.usage_to)) + interval '2 days' as to_time
          from provider.delivery d where d.period = $1 and d.superseded_by is null) w
 cross join lateral generate_series(date_bin('1 hour', w.from_time, '2000-01-01 00:00:00+00'), w.to_time - interval '1 microsecond', interval '1 hour') h;

-- (Lines that met no event when the month was booked, and lines that came later; both are few, and no line is read where there
-- are none.)
create temporary table later_delivery on commit drop as
select d.delivery_id
  from provider.delivery d
 where d.period = $1 and d.superseded_by is null and d.has_request_ids
   and not exists (select from ledger.pinned_delivery p where p.entry_no = (ledger.latest_freeze($1)).entry_no and p.delivery_id = d.delivery_id);

create temporary table stray_line on commit drop as
select l.match_key as request_id
  from provider.line_fact l
  join recon.exact_orphan o on o.period = $1 and o.file_id = l.file_id and o.attribute_no = l.attribute_no
 where l.period = $1 and exists (select from recon.exact_orphan x where x.period = $1)
union
select l.match_key
  from provider.line_fact l
 where l.period = $1 and l.delivery_id in (select delivery_id from later_delivery) and exists (select from later_delivery);

analyze stray_line;

insert into stale_hour
select k.hour
  from (select hour from kept_record
        union
        select l.hour from late_record l where exists (select from kept_record r where r.request_id = l.request_id and r.provider = l.provider)
        union
        select recon.hour_of(k.cell_no) from recon.event_key k where k.request_id in (select request_id from stray_line)
        union
        select h from (select distinct day from recon.exact_amount where period = $1) x
         cross join lateral generate_series(x.day::timestamp at time zone 'UTC', (x.day + 1)::timestamp at time zone 'UTC' - interval '1 hour', interval '1 hour') h) k
except
select hour from stale_hour;

select min(hour), max(hour) + interval '1 hour', array_agg(hour) from stale_hour;
