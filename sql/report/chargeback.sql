-- What is billed, re-allocated and charged, by the given dimensions; TOTAL stands in the first of them. Billed + estimate +
-- re-allocated + recovery = charged + central. By business unit alone, also the lines of its arithmetic, and those without cost.
-- $1 period: text, $2 style: text, $3 dimensions: text[]  of business_unit, team_id, service, provider, model, usage_class, environment, feature, tenant_id
-- $4 with_estimate: boolean   as the draft accrual has it; else what is billed
-- $5 business_unit: text   null = all, with TOTAL
with part as (
	select business_unit, team_id, service, provider, model, usage_class, environment, feature, tenant_id, usage_billed + charges as billed,
	       0 as estimate, 0 as moved_out, 0 as moved_in, 0 as recovery
	  from recon.posting where period = $1
	union all
	select business_unit, team_id, '', provider, '', '', '', '', '', 0, amount_usd, 0, 0, 0 from recon.accrual_estimate where period = $1 and $4
	union all
	select business_unit, team_id, service, provider, model, usage_class, environment, feature, tenant_id, 0, 0,
	       case step when 'reallocated_out' then amount_usd else 0 end, case step when 'reallocated_in' then amount_usd else 0 end,
	       case step when 'recovery' then amount_usd else 0 end
	  from recon.charge where period = $1 and with_estimate = $4
	union all
	select business_unit, '', '', '', '', '', '', '', '', 0, 0, 0, 0, 0 from recon.variance where period = $1 and $3 = '{business_unit}'
), chosen as (
	select case when 'business_unit' = any ($3) then p.business_unit else '' end as business_unit,
	       case when 'team_id' = any ($3) then team_id else '' end as team_id,
	       case when 'service' = any ($3) then service else '' end as service,
	       case when 'provider' = any ($3) then provider else '' end as provider,
	       case when 'model' = any ($3) then p.model else '' end as model,
	       case when 'usage_class' = any ($3) then usage_class else '' end as usage_class,
	       case when 'environment' = any ($3) then environment else '' end as environment,
	       case when 'feature' = any ($3) then feature else '' end as feature,
	       case when 'tenant_id' = any ($3) then tenant_id else '' end as tenant_id,
	       case when p.business_unit <> 'unattributed' then coalesce(m.model, 'direct') end as charge_model,
	       billed, estimate, moved_out, moved_in, recovery, billed + estimate + moved_out + moved_in + recovery as amount
	  from part p
	  left join recon.charge_model m on m.period = $1 and m.business_unit = p.business_unit
	 where $5 is null or p.business_unit = $5
), grouped as (
	select grouping(business_unit) = 1 as is_total, business_unit, team_id, service, provider, model, usage_class, environment, feature, tenant_id,
	       min(charge_model) as charge_model, sum(billed) as billed, sum(estimate) as estimate, sum(moved_out) as moved_out, sum(moved_in) as moved_in,
	       sum(recovery) as recovery, sum(case charge_model when 'showback' then 0 else amount end) as charged,
	       coalesce(sum(amount) filter (where charge_model = 'showback'), 0) as central
	  from chosen
	 group by grouping sets ((business_unit, team_id, service, provider, model, usage_class, environment, feature, tenant_id), ())
), arithmetic as (
	select business_unit, jsonb_agg(jsonb_build_object('step', step, 'detail', nullif(detail, ''), 'quantity', quantity::text, 'per', per::text,
	                                                   'rate', rate::text, 'amount_usd', ref.amount_text(amount_usd)) order by line) as steps
	  from recon.charge_arithmetic($1, $4)
	 where $3 = '{business_unit}' and $2 <> 'screen'
	 group by business_unit
)
select $1 as period, case when is_total and $3[1] = 'business_unit' then 'TOTAL' else business_unit end as business_unit,
       case when is_total and $3[1] = 'team_id' then 'TOTAL' else team_id end as team_id,
       case when is_total and $3[1] = 'service' then 'TOTAL' else service end as service,
       case when is_total and $3[1] = 'provider' then 'TOTAL' else provider end as provider,
       case when is_total and $3[1] = 'model' then 'TOTAL' else model end as model,
       case when is_total and $3[1] = 'usage_class' then 'TOTAL' else usage_class end as usage_class,
       case when is_total and $3[1] = 'environment' then 'TOTAL' else environment end as environment,
       case when is_total and $3[1] = 'feature' then 'TOTAL' else feature end as feature,
       case when is_total and $3[1] = 'tenant_id' then 'TOTAL' else tenant_id end as tenant_id,
       case when not is_total and 'business_unit' = any ($3) then charge_model end as chargeback_model,
       ref.amount_as(billed, $2) as billed_usd, case when $4 then ref.amount_as(estimate, $2) end as estimate_usd,
       ref.amount_as(moved_out, $2) as reallocated_out_usd, ref.amount_as(moved_in, $2) as reallocated_in_usd,
       ref.amount_as(recovery, $2) as recovery_usd, ref.amount_as(charged, $2) as charged_usd, ref.amount_as(central, $2) as central_usd,
       a.steps::text as steps
  from grouped g
  left join arithmetic a using (business_unit)
 where not is_total or $5 is null
 order by is_total, business_unit = 'unattributed', business_unit collate "C", team_id collate "C", service collate "C", provider collate "C",
          model collate "C", usage_class collate "C", environment collate "C", feature collate "C", tenant_id collate "C";
