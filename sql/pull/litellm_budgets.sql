-- Budgets of teams and organisations as rows of budgets.csv. LiteLLM refuses calls above max_budget, and only warns
-- above soft_budget. A budget without duration is for all time, and one of other lengths is of no period: left out.
-- $1 source: text   of whose budgets these are
-- $2 is_unit: boolean   whether an organisation's id is a business unit's
-- Result: budget_id, entity_type, entity_id, period, limit_usd, alert_thresholds, enforced, tier, owner.
with budget as (
	select format('%s:team:%s', $1, t.team_id) as budget_id, 'team' as entity_type, t.team_id as entity_id,
	       t.budget_duration, t.max_budget, t.soft_budget
	  from (select null::double precision as soft_budget) as older
	 cross join lateral (
		select team_id, budget_duration, max_budget::text as max_budget, soft_budget::text as soft_budget
		  from "LiteLLM_TeamTable") t
	union all
	select format('%s:organization:%s', $1, o.organization_id), case when $2 then 'business_unit' else 'organization' end,
	       o.organization_id, b.budget_duration, b.max_budget::text, b.soft_budget::text
	  from "LiteLLM_OrganizationTable" o
	  join "LiteLLM_BudgetTable" b using (budget_id)
), dated as (
	select *, case when budget_duration in ('1d', '24h') then 'daily'
	               when budget_duration in ('7d', '1w') then 'weekly'
	               when budget_duration in ('28d', '30d', '31d', '1mo') then 'monthly'
	               when budget_duration in ('90d', '3mo') then 'quarterly'
	               when budget_duration in ('365d', '1y', '12mo') then 'yearly' end as period,
	       case when max_budget !~ 'N|I' then max_budget::numeric end as hard,
	       case when soft_budget !~ 'N|I' then soft_budget::numeric end as soft
	  from budget
)
select budget_id, entity_type, entity_id, period, coalesce(hard, soft)::text as limit_usd,
       case when soft > 0 and soft < hard then trim_scale(round(soft * 100 / hard, 2))::text end as alert_thresholds,
       (hard is not null)::text as enforced, null as tier, null as owner
  from dated
 where period is not null and coalesce(hard, soft) >= 0
 order by budget_id collate "C";
