-- Deliveries whose lines are due to be dropped: those that were superseded long enough ago and that no close rests on, so many of them at a time. Result:
-- the statements that drop the partitions which hold one of them alone (ingest/partition).
-- $1 as_of: timestamptz, $2 days: integer, $3 most: integer
create temporary table due_delivery on commit drop as
select delivery_id, period, line_count, to_regclass(format('provider.%I', 'line_' || replace(period, '-', '_') || '_' || delivery_id)) as own_table
  from provider.delivery
 where superseded_by is not null and lines_dropped_at is null and superseded_at < $1 - $2 * interval '1 day'
   and not exists (select from ledger.pinned_delivery p where p.delivery_id = delivery.delivery_id)
   and not exists (select from ledger.pinned_input i where delivery.delivery_id <= i.last_delivery_id and delivery.superseded_by > i.last_delivery_id)
 order by delivery_id
 limit $3;

select format('drop table %s', own_table) from due_delivery where own_table is not null;
