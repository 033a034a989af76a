-- Lines that name a request without event belong to whom owners.csv says.
-- $4 style: text
select l.period, l.usage_class, ref.amount_digits(l.cost_usd, $4) as cost_usd, l.model, l.account_id, l.principal, l.resource_id, l.api_key_id,
       coalesce(w.team_id, '') as team_id, coalesce(w.business_unit_id, 'unattributed') as business_unit, w.match_kind, w.match_value
  from seen_line l
  left join lateral ref.owner_of(l.provider, ref.utc_date(l.usage_start), l.tags, l.principal, l.resource_id, l.api_key_id, l.account_id) w on true
 where l.charge_type = 'usage' and not exists (select from seen_request)
 order by l.period, l.file_id, l.line_no
 limit 50;
