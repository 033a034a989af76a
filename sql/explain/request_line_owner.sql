-- Lines that name a request without event belong to whom owners.csv says.
select l.period, l.usage_class, ref.amount_text(l.cost_usd) as cost_usd, l.model, l.account_id, l.principal, l.resource_id, l.api_key_id,
       coalesce(w.team_id, '') as team_id, coalesce(w.business_unit_id, 'unattributed') as business_unit, w.match_kind, w.match_value
  from seen_line l
  left join lateral (
	select t.team_id, t.business_unit_id, o.match_kind, o.match_value
	  from ref.owner o
	  join ref.team_in_business_unit t on t.team_id = o.team_id and ref.in_force(t.valid_from, t.valid_to, ref.utc_date(l.usage_start))
	 where o.provider = l.provider and ref.in_force(o.valid_from, o.valid_to, ref.utc_date(l.usage_start))
	   and case o.match_kind
	         when 'tag' then l.tags ->> split_part(o.match_value, '=', 1) = substr(o.match_value, strpos(o.match_value, '=') + 1)
	         when 'principal' then l.principal = o.match_value
	         when 'resource' then l.resource_id = o.match_value
	         when 'api_key' then l.api_key_id = o.match_value
	         else l.account_id = o.match_value end
	 order by array_position(array['tag', 'principal', 'resource', 'api_key', 'project', 'account'], o.match_kind), o.match_value collate "C"
	 limit 1) w on true
 where l.charge_type = 'usage' and not exists (select from seen_event)
 order by l.period, l.file_id, l.line_no
 limit 50;
