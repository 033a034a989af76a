-- What was billed, class by class, and how it departs from the rule cost. `how` is a bucket's id, or says that lines name
-- the request.
-- $3 period: text  null = any
-- $4 style: text
with named as (
	select l.period, l.usage_class, sum(l.cost_usd) as s, case when bool_and(l.quantity is not null) then sum(l.quantity) end as billed_quantity
	  from seen_line l
	 where l.charge_type = 'usage' and l.cost_usd is not null and ($3 is null or l.period = $3)
	 group by l.period, l.usage_class
), exact as (
	-- The rule cost stands at one row of a class: its own month's, if there is one.
	select n.*, k.position, k.n, k.price, e.billable, e.billable and e.period = n.period as own,
	       case when e.billable is not true
	              or row_number() over (partition by n.usage_class order by e.period = n.period desc, n.period) > 1 then 0
	            when n.usage_class = '' then (select coalesce(sum(r), 0) from seen_class c
	                                           where not exists (select from named m where m.usage_class = c.class))
	            else coalesce(k.r, 0) end as r
	  from named n
	  left join seen_request e on true
	  left join seen_class k on k.class = n.usage_class
), charged as (
	select x.*, case when own and usage_class <> '' and n is not null and billed_quantity is not null
	                 then recon.round_half_even(coalesce(price, 0) * billed_quantity - r, 12) else 0 end as quantity
	  from exact x
), item as (
	select coalesce(position, 8) as position, coalesce(nullif(usage_class, ''), 'all other classes') as usage_class, 'lines that name it' as how, period,
	       n as metered, billed_quantity, r, s, case when own then s - r - quantity else 0 end as rate, quantity,
	       case when billable is true and not own then s - r else 0 end as timing, case when billable is true then 0 else s end as unmetered, 0::numeric as unbilled
	  from charged
	union all
	select position, class, period || '/bucket/' || bucket_no, period, n, null, r, share,
	       case when period = event_period then share - r - quantity_effect else 0 end, quantity_effect,
	       case when period = event_period then 0 else share - r end, 0, 0
	  from seen_share
	union all
	select k.position, k.class, 'no bill', '', k.n, null, k.r, 0, 0, 0, 0, 0, -k.r
	  from seen_class k join seen_request e on e.billable
	 where $3 is null and not exists (select from seen_share s where s.class = k.class)
	   and not exists (select from seen_line l where l.charge_type = 'usage' and l.cost_usd is not null and l.usage_class in (k.class, ''))
	   and exists (select from recon.result r where r.period = e.period)
)
select usage_class, how, period, metered::text as metered, billed_quantity::text as billed_quantity, ref.amount_digits(r, $4) as rule_cost_usd,
       ref.amount_digits(s, $4) as billed_usd, ref.amount_digits(nullif(rate, 0), $4) as rate_usd, ref.amount_digits(nullif(quantity, 0), $4) as quantity_usd,
       ref.amount_digits(nullif(timing, 0), $4) as timing_usd, ref.amount_digits(nullif(unmetered, 0), $4) as unmetered_usd,
       ref.amount_digits(nullif(unbilled, 0), $4) as unbilled_usd
  from (select * from item
        union all
        select 9, 'total', '', '', null, null, sum(r), sum(s), sum(rate), sum(quantity), sum(timing), sum(unmetered), sum(unbilled)
          from item where $4 = 'screen' having count(*) > 1) i
 order by position, period, how;
