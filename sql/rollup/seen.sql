-- That all events seen so far are in the roll-up, and the prices that it rests on.
-- $1 price_digest: text
insert into recon.event_change
select k.provider, k.period, (select coalesce(max(change_no), 0) + 1 from recon.event_change)
  from (select provider, ref.period_of(hour) as period from fresh_hour
        union -- and where a record stands that another one repeats
        select provider, ref.period_of(hour) from repeated_event
        union
        select provider, period from recon.event_change where (select everything from rollup_scope)) k
    on conflict (provider, period) do update set change_no = excluded.change_no;

update recon.rollup_state
   set snapshot = s.next_snapshot, price_digest = $1
  from rollup_scope s;

drop table scratch.fresh_event;
