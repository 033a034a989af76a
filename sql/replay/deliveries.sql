-- Deliveries as they were: those that came later are out of the way, those that they superseded are current again.
update provider.delivery d set superseded_by = d.delivery_id, superseded_at = now()
  from replay_input i where d.delivery_id > i.last_delivery_id and d.superseded_by is null;

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

update provider.delivery d set superseded_by = null, superseded_at = null, lines_dropped_at = null
  from replay_input i where d.delivery_id <= i.last_delivery_id and d.superseded_by > i.last_delivery_id;
