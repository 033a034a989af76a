-- Deliveries as they were, if their lines are still there.
do $$
declare
	gone text;
begin
	select format('the lines of delivery %s (%s %s) were dropped, and %s rests on them', d.delivery_id, d.source, d.dataset, i.period) into gone
	  from provider.delivery d, replay_input i
	 where d.period = i.period and d.delivery_id <= i.last_delivery_id and d.superseded_by > i.last_delivery_id and d.lines_dropped_at is not null
	 order by d.delivery_id limit 1;
	if gone is not null then
		raise exception '%', gone using errcode = 'Z0077', hint = 'compare with a backup';
	end if;
end $$;

select provider.rewind(last_delivery_id) from replay_input where last_delivery_id is not null;
