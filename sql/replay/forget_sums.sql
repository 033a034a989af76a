-- The deliveries whose sums of lines are derived anew (replay/sums), so that lines that were changed show. Result: arrays for it:
-- those with lines that have a request id, and their periods; those with others, and their periods.
select provider.forget_sums(period) from replay_input;

select coalesce(array_agg(d.delivery_id order by d.delivery_id) filter (where d.has_request_ids), '{}'),
       coalesce(array_agg(d.period order by d.delivery_id) filter (where d.has_request_ids), '{}'),
       coalesce(array_agg(d.delivery_id order by d.delivery_id) filter (where d.has_other_lines), '{}'),
       coalesce(array_agg(d.period order by d.delivery_id) filter (where d.has_other_lines), '{}')
  from provider.delivery d join replay_input i using (period) where d.superseded_by is null;
