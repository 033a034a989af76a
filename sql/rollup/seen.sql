-- Whose events of which month changed.
insert into recon.event_change
select k.provider, k.period, (select coalesce(max(change_no), 0) + 1 from recon.event_change)
  from (select provider, ref.period_of(hour) as period from fresh_hour
        union -- and where a record stands that another one repeats
        select provider, ref.period_of(hour) from repeated_event
        union
        select provider, period from recon.event_change where (select everything from rollup_scope)) k
    on conflict (provider, period) do update set change_no = excluded.change_no;
