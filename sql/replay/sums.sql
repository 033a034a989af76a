-- The deliveries whose sums of lines are derived anew (ingest/sums), so that lines that were changed show. Result: arrays for it.
delete from provider.line_sum
 where delivery_id in (select d.delivery_id from provider.delivery d join replay_input i using (period) where d.superseded_by is null);

select coalesce(array_agg(d.delivery_id), '{}'), coalesce(array_agg(distinct d.period), '{}')
  from provider.delivery d join replay_input i using (period) where d.superseded_by is null;
