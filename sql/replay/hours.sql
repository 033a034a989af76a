-- The hours of the roll-up that are made anew (rollup/cells, rates, hours): those of the period and of its bills. All others
-- are of no account to it, and go. Result: the first, the end of the last, all of them.
create temporary table rollup_scope on commit drop as select true as everything;

create temporary table stale_hour on commit drop as
select h as hour
  from (select least(ref.period_start(i.period), min(d.usage_from)) as from_time, greatest(ref.period_end(i.period), max(d.usage_to)) as to_time
          from replay_input i
          left join provider.delivery d on d.period = i.period and d.superseded_by is null
         group by i.period) w
 cross join lateral generate_series(date_bin('1 hour', w.from_time, '2000-01-01 00:00:00+00'), w.to_time - interval '1 microsecond', interval '1 hour') h;

select min(hour), max(hour) + interval '1 hour', array_agg(hour) from stale_hour;
