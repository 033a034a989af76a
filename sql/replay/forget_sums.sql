-- The deliveries whose sums of lines are derived anew (replay/sums), so that lines that were changed show. Result: arrays for it.
select provider.forget_sums(period) from replay_input;

select coalesce(array_agg(d.delivery_id order by d.delivery_id), '{}'), coalesce(array_agg(d.period order by d.delivery_id), '{}')
  from provider.delivery d join replay_input i using (period) where d.superseded_by is null;
