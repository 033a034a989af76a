-- What was computed anew, against what was pinned and what stands. Result: what differs, what is nearest to the books first.
-- $1 entry_no: bigint   of the freeze
with cell as (
	select c.* from replay_input i cross join lateral ledger.debit_cells(i.period, false) c where c.amount <> 0 or c.charged <> 0
), seen as (
	select v.business_unit, k.name, k.value from replay_input i join recon.variance v using (period)
	 cross join lateral jsonb_each_text(to_jsonb(v) - 'period' - 'business_unit') k (name, value)
), stood as (
	select v.business_unit, k.name, k.value from posted_variance v
	 cross join lateral jsonb_each_text(to_jsonb(v) - 'period' - 'business_unit') k (name, value)
), signed as (
	select v.business_unit, k.name, k.value
	  from ledger.period_step s
	 cross join lateral jsonb_array_elements(s.variance) x
	 cross join lateral jsonb_to_record(x) as v (business_unit text)
	 cross join lateral jsonb_each_text(x - 'business_unit') k (name, value)
	 where s.entry_no = $1
), posted as (
	select step, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class, charge_type, sum(usage_billed + charges) as billed, sum(computed) as computed,
	       sum(rule_cost) as rule_cost, sum(rating) as rating, sum(rate) as rate, sum(quantity) as quantity, sum(unbilled) as unbilled,
	       sum(unmetered) as unmetered, sum(timing) as timing
	  from posted_posting group by step, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class, charge_type
), made as (
	select step, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class, charge_type, sum(usage_billed + charges) as billed, sum(computed) as computed,
	       sum(rule_cost) as rule_cost, sum(rating) as rating, sum(rate) as rate, sum(quantity) as quantity, sum(unbilled) as unbilled,
	       sum(unmetered) as unmetered, sum(timing) as timing
	  from recon.posting p join replay_input i using (period) group by step, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class, charge_type
), delivered as (
	select p.delivery_id, p.cost as was, d.cost, d.line_count, coalesce(sum(l.cost), 0) as is_now, coalesce(sum(l.lines), 0) as lines
	  from ledger.pinned_delivery p
	  join provider.delivery d on d.delivery_id = p.delivery_id and d.lines_dropped_at is null
	  left join provider.line_sum l on l.delivery_id = p.delivery_id -- as replay/sums made them
	 where p.entry_no = $1
	 group by p.delivery_id, p.cost, d.cost, d.line_count
), difference as (
	select 0 as place, 'the lines of delivery ' || delivery_id as what, ref.amount_text(was) as was, ref.amount_text(is_now) as is_now, 'pinned' as verb
	  from delivered where was <> is_now
	union all
	select 0, 'delivery ' || delivery_id, concat_ws(' ', 'as', ref.amount_text(cost), line_count, 'lines'), concat_ws(' ', ref.amount_text(is_now), lines, 'lines'), 'stands'
	  from delivered where (cost, line_count) is distinct from (is_now, lines)
	union all
	select 0, 'account ' || coalesce(a.key, b.key), a.value, b.value, 'pinned'
	  from (select k.* from ledger.period_step s cross join lateral jsonb_each_text(s.accounts) k where s.entry_no = $1) a
	  full join jsonb_each_text(ledger.accounts()) b using (key)
	 where a.value is distinct from b.value
	union all
	select 3, 'result, Σ lines', ref.amount_text(r.line_total_usd), ref.amount_text(s.line_total_usd), 'stands as'
	  from ledger.period_step s left join recon.result r using (period)
	 where s.entry_no = $1 and s.line_total_usd is distinct from r.line_total_usd
	union all
	select 1, concat_ws(' ', 'cell', provider, business_unit, cost_center, account), ref.amount_text(a.amount), ref.amount_text(b.amount), 'pinned'
	  from (select * from ledger.pinned_cell where entry_no = $1) a
	  full join cell b using (provider, business_unit, cost_center, account)
	 where a.amount is distinct from b.amount
	union all
	select 1, concat_ws(' ', 'cell', provider, business_unit, cost_center, account, 'charged'), ref.amount_text(a.charged), ref.amount_text(b.charged), 'pinned'
	  from (select * from ledger.pinned_cell where entry_no = $1) a
	  full join cell b using (provider, business_unit, cost_center, account)
	 where a.charged is distinct from b.charged
	union all
	select 2, format('variance of %s, %s', business_unit, name), a.value, b.value, 'pinned'
	  from signed a left join seen b using (business_unit, name)
	 where case when name = 'status' then a.value is distinct from b.value else a.value::numeric is distinct from b.value::numeric end
	union all
	select 3, format('result, variance of %s, %s', business_unit, name), a.value, b.value, 'stands as'
	  from stood a full join seen b using (business_unit, name)
	 where case when name = 'status' then a.value is distinct from b.value else a.value::numeric is distinct from b.value::numeric end
	union all
	select 4, concat_ws(' ', 'result, posting', step, provider, business_unit, nullif(team_id, ''), nullif(service, ''), nullif(environment, ''), nullif(tenant_id, ''), nullif(feature, ''), nullif(model, ''), nullif(usage_class, ''), charge_type),
	       a.amounts, b.amounts, 'stands as'
	  from (select step, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class, charge_type,
	               concat_ws(' ', trim_scale(billed), trim_scale(computed), trim_scale(rule_cost), trim_scale(rating), trim_scale(rate), trim_scale(quantity),
	                         trim_scale(unbilled), trim_scale(unmetered), trim_scale(timing)) as amounts from posted) a
	  full join (select step, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class, charge_type,
	                    concat_ws(' ', trim_scale(billed), trim_scale(computed), trim_scale(rule_cost), trim_scale(rating), trim_scale(rate), trim_scale(quantity),
	                              trim_scale(unbilled), trim_scale(unmetered), trim_scale(timing)) as amounts from made) b
	    using (step, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class, charge_type)
	 where a.amounts is distinct from b.amounts
	union all
	select 4, concat_ws(' ', 'result, charge', nullif(step, ''), provider, business_unit, nullif(team_id, ''), nullif(service, ''), nullif(environment, ''),
	                    nullif(tenant_id, ''), nullif(feature, ''), nullif(model, ''), nullif(usage_class, '')), ref.amount_text(a.amount), ref.amount_text(b.amount), 'stands as'
	  from (select step, with_estimate, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class, sum(amount_usd) as amount
	          from posted_charge group by step, with_estimate, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class) a
	  full join (select step, with_estimate, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class, sum(amount_usd) as amount
	               from recon.charge c join replay_input i using (period)
	              group by step, with_estimate, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class) b
	    using (step, with_estimate, provider, business_unit, team_id, service, environment, tenant_id, feature, model, usage_class)
	 where not with_estimate and a.amount is distinct from b.amount
	union all
	select 4, concat_ws(' ', 'result, charge of', business_unit, step, detail), a.amounts, b.amounts, 'stands as'
	  from (select business_unit, step, detail, place, concat_ws(' ', trim_scale(quantity), trim_scale(rate), trim_scale(per), trim_scale(amount_usd)) as amounts
	          from posted_charge_step where not with_estimate) a
	  full join (select business_unit, step, detail, place, concat_ws(' ', trim_scale(quantity), trim_scale(rate), trim_scale(per), trim_scale(amount_usd)) as amounts
	               from recon.charge_step c join replay_input i using (period) where not with_estimate) b using (business_unit, step, detail, place)
	 where a.amounts is distinct from b.amounts
	union all
	select 5, 'result, bucket ' || bucket_no, ref.amount_text(a.cost_usd), ref.amount_text(b.cost_usd), 'stands as'
	  from posted_bucket a full join (select b.* from recon.bucket b join replay_input i using (period)) b using (bucket_no)
	 where (a.source, a.provider, a.cost_usd, a.billed_quantity, a.metered_quantity, a.rule_cost_usd, a.line_count)
	       is distinct from (b.source, b.provider, b.cost_usd, b.billed_quantity, b.metered_quantity, b.rule_cost_usd, b.line_count)
)
select format('%s: %s %s, recomputed %s', what, verb, coalesce(was, 'nothing'), coalesce(is_now, 'nothing')) as what
  from difference order by place, what collate "C";
