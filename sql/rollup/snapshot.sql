-- That all events seen so far are in the roll-up, and the prices that it rests on.
-- $1 price_digest: text
update recon.rollup_state
   set snapshot = s.next_snapshot, price_digest = $1
  from rollup_scope s;

drop table scratch.fresh_event;
