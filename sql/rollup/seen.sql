-- That all events seen so far are in the roll-up, and the prices that it rests on.
-- $1 price_digest: text
insert into recon.event_change
select k.provider, k.period, (select coalesce(max(change_no), 0) + 1 from recon.event_change)
  from (select provider, ref.period_of(hour) as period from fresh_hour
        union -- and where a record stands that another one repeats
        select e.provider, ref.period_of(e."timestamp")
          from gateway.event e join repeated_key r on r.request_id = e.request_id and r.provider = e.provider
        union
        select provider, period from recon.event_change where (select everything from rollup_scope)) k
    on conflict (provider, period) do update set change_no = excluded.change_no;

update recon.rollup_state
   set snapshot = s.next_snapshot, price_digest = $1
  from rollup_scope s;
