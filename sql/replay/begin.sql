-- A month is computed anew by the ordinary files of reconcile, in a transaction that is rolled back (recon.horizon sees to it):
-- what they read is first put back to what it was. This says to what; null: as it is now.
-- $1 period: text, $2 last_delivery_id: bigint, $3 last_file_id: bigint, $4 events: pg_snapshot, $5 refdata_id: bigint, $6 price_refdata_id: bigint
-- $7 version: text   billing rule version under which all that it has a price for is rated instead
create temporary table replay_input on commit drop as
select $1 as period, $2 as last_delivery_id, $3 as last_file_id, $4 as events, coalesce($5, n.refdata_id) as refdata_id,
       coalesce($6, n.refdata_id) as price_refdata_id, $7 as version
 from (select coalesce(max(refdata_id), 0) as refdata_id from ops.refdata) n;

update recon.horizon h
   set last_delivery_id = i.last_delivery_id, last_file_id = i.last_file_id, events = i.events, is_replay = true
  from replay_input i;
