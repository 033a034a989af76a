-- The largest bill lines behind it that name no request, of its buckets; and charges of its provider, which are shared. After
-- explain/lines_of_buckets.
-- $4 style: text
with found as (
	select 'bucket ' || l.bucket_no as step, l.file_id, l.line_no, l.attribute_no, l.quantity, l.cost, l.cost_usd
	  from seen_bucket_line l
	  cross join seen_journal_line x
	 where l.bucket_no in (select bucket_no from seen_posting)
	    or exists (select from seen_left s where s.bucket_no = l.bucket_no
	                                          and (x.is_clearing or (s.borne_by, s.team) in (select business_unit, team_id from seen_place)
	                                               or s.by_policy and exists (select from seen_posting where step = 'policy' and usage_billed <> 0)))
	union all
	select 'policy', l.file_id, l.line_no, l.attribute_no, l.quantity, l.cost, case when a.currency = 'USD' then l.cost else l.cost * c.usd_rate end
	  from seen_journal_line x
	  join recon.counted_delivery d on d.period = x.period
	  join provider.line_fact l on l.period = d.period and l.delivery_id = d.delivery_id and l.cost is not null
	  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.provider = x.provider and not a.has_request_id
	                                and a.charge_type <> 'usage'
	  left join ref.fx c on c.period = l.period and c.currency = a.currency
	 where exists (select from seen_posting p where p.charge_type = a.charge_type and p.charges <> 0)
)
select f.step, regexp_replace(o.path, '^.*/', '') as file, f.line_no::text as line_no, a.charge_type, a.account_id, a.model, a.usage_class,
       trim_scale(f.quantity)::text as quantity, ref.amount_digits(f.cost_usd, $4) as cost_usd, o.digest
  from found f
  join provider.line_attribute a on a.file_id = f.file_id and a.attribute_no = f.attribute_no
  join ops.file o on o.file_id = f.file_id
 where f.cost_usd is not null
 order by abs(f.cost_usd) desc, f.file_id, f.line_no, f.attribute_no
 limit 15;
