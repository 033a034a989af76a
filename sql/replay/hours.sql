-- The hours of the roll-up that are made anew (rollup/cells, rates, hours, keys), with prices as they are now: those of the period
-- and of its bills, and two days around them, to which lines may reach. Others stay. Result: the first, the end of the last, all.
create temporary table rollup_scope on commit drop as select false as everything, true as prices;

create temporary table stale_hour on commit drop as
select h as hour
  from (select least(ref.period_start(i.period), min(d.usage_from)) - interval '2 days' as from_time,
               greatest(ref.period_end(i.period), max(d.usage_to)) + interval '2 days' as to_time
          from replay_input i
          left join provider.delivery d on d.period = i.period and d.superseded_by is null
         group by i.period) w
 cross join lateral generate_series(date_bin('1 hour', w.from_time, '2000-01-01 00:00:00+00'), w.to_time - interval '1 microsecond', interval '1 hour') h;

select min(hour), max(hour) + interval '1 hour', array_agg(hour) from stale_hour;
