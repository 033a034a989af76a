-- The hours to be made anew: the first, the end of the last, and all of them as an array. No row if there is nothing to do.
select coalesce(min(hour), '2000-01-01'), coalesce(max(hour) + interval '1 hour', '2000-01-01'),
       coalesce(array_agg(hour order by hour) filter (where hour is not null), '{}')
  from rollup_scope
  left join stale_hour on true
 group by everything
having count(hour) > 0 or everything;
