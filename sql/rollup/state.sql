-- The digest of prices and aliases in force, to which the roll-up's ratings must belong; and the snapshot of its last run,
-- with the oldest transaction that it may not have seen, and the first that it cannot have.
select coalesce((select price_digest from ops.refdata order by refdata_id desc limit 1), ''), pg_snapshot_xmin(snapshot), snapshot,
       pg_snapshot_xmax(snapshot)
  from recon.rollup_state;
