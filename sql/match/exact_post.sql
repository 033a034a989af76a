-- Step 1, the money: a line's cost goes to the owner of the event that it names.
insert into recon.posting (period, step, provider, business_unit, team_id, service, environment, tenant_id, feature, model,
	usage_class, charge_type, lines, usage_billed, charges, rule_cost, rate, quantity, unmetered, timing)
select o.period, 'exact', provider, business_unit, team, service, environment, tenant_id, feature, model, usage_class,
       charge_type, sum(lines), sum(usage), sum(charge), sum(r), sum(usage - unmetered - timing - r - quantity), sum(quantity),
       sum(unmetered), sum(timing)
  from (select m.*,
               case when is_usage and billable and in_period then
                         coalesce(recon.round_half_even(coalesce(price, 0) * billed_quantity - r, 12), 0) else 0 end as quantity,
               case when is_usage and not billable then usage else 0 end as unmetered,
               case when is_usage and billable and not in_period then usage else 0 end as timing
          from (select l.provider, w.business_unit, w.team, e.service, e.environment, e.tenant_id, e.feature, e.model,
                       l.usage_class, l.charge_type, l.lines, e.billable, e.in_period, l.charge_type = 'usage' as is_usage,
                       case when l.charge_type = 'usage' then l.cost_usd else 0 end as usage,
                       case when l.charge_type = 'usage' then 0 else l.cost_usd end as charge,
                       case when l.charge_type <> 'usage' or not e.billable or not e.in_period then 0
                            when l.usage_class = '' then coalesce(rest.r, 0)
                            else coalesce(k.r, 0) end as r,
                       k.price,
                       -- f = 1 where there is nothing to compare: no class, no count, no quantity
                       case when l.usage_class = '' or k.n is null then null else coalesce(l.quantity, k.n) end as billed_quantity
                  from exact_line l
                  join exact_event e on e.provider = l.provider and e.request_id = l.request_id
                  join day_owner w on w.team_id = e.team_id and w.service = e.service and w.day = ref.utc_date(e."timestamp")
                  left join exact_class k on k.provider = l.provider and k.request_id = l.request_id and k.class = l.usage_class
                  left join (select provider, request_id, sum(r) as r from exact_class where not is_named
                              group by provider, request_id) rest
                         on rest.provider = l.provider and rest.request_id = l.request_id
                        and l.usage_class = '' and l.charge_type = 'usage'
                 where l.own) m
         ) g
  cross join run_option o
 group by o.period, provider, business_unit, team, service, environment, tenant_id, feature, model, usage_class, charge_type;

-- This period's counts that only another period's lines cover.
insert into recon.posting (period, step, provider, business_unit, team_id, service, environment, tenant_id, feature, model,
	usage_class, charge_type, timing)
select o.period, 'unbilled', c.provider, w.business_unit, w.team, c.service, c.environment, c.tenant_id, c.feature, c.model,
       c.class, 'usage', -sum(c.r)
  from exact_class c
  join day_owner w on w.team_id = c.team_id and w.service = c.service and w.day = ref.utc_date(c."timestamp")
  cross join run_option o
 where c.billable and c.in_period and c.by_any and not c.by_own
 group by o.period, c.provider, w.business_unit, w.team, c.service, c.environment, c.tenant_id, c.feature, c.model, c.class;
