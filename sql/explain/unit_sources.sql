-- Where the variance and the charges come from: on screens the largest 30 that differ, of the others one row per step, so
-- that columns add up; in JSON all.
-- $1 id: text, $4 style: text
with part as (
	select step, provider, model, usage_class, charge_type, sum(usage_billed) as usage_billed, sum(computed) as computed, sum(charges) as charges,
	       sum(rating) as rating, sum(rate) as rate, sum(quantity) as quantity, sum(unbilled) as unbilled, sum(unmetered) as unmetered,
	       sum(timing) as timing, sum(rating + rate + quantity + unbilled + unmetered + timing) as difference
	  from recon.posting
	 where period = left($1, 7) and business_unit = substr($1, 9)
	 group by step, provider, model, usage_class, charge_type
), ranked as (
	select p.*, row_number() over (order by abs(difference) + abs(charges) desc, step, provider collate "C", model collate "C",
	                               usage_class collate "C", charge_type collate "C") as place,
	       difference <> 0 or charges <> 0 or rate <> 0 or quantity <> 0 as differs
	  from part p
), judged as (
	select r.*, shown or $4 <> 'screen' or count(*) filter (where not shown) over (partition by step) = 1 as listed,
	       bool_or(shown) over (partition by step) as others_listed
	  from (select *, differs and place <= 30 as shown from ranked) r
)
select step, provider, model, usage_class, charge_type, ref.amount_as(nullif(computed, 0), $4) as computed_usd,
       ref.amount_as(nullif(usage_billed, 0), $4) as usage_billed_usd, ref.amount_as(nullif(rating, 0), $4) as rating_usd,
       ref.amount_as(nullif(rate, 0), $4) as rate_usd, ref.amount_as(nullif(quantity, 0), $4) as quantity_usd,
       ref.amount_as(nullif(unbilled, 0), $4) as unbilled_usd, ref.amount_as(nullif(unmetered, 0), $4) as unmetered_usd,
       ref.amount_as(nullif(timing, 0), $4) as timing_usd, ref.amount_as(difference, $4) as difference_usd,
       ref.amount_as(nullif(charges, 0), $4) as charges_usd
  from (select place, step, provider, model, usage_class, nullif(charge_type, 'usage') as charge_type, computed, usage_billed, rating, rate, quantity,
               unbilled, unmetered, timing, difference, charges
          from judged where listed
        union all
        select 1000 + min(place), step, case when others_listed then 'the other ' else 'all ' end || count(*), '', '', '', sum(computed), sum(usage_billed), sum(rating), sum(rate), sum(quantity), sum(unbilled),
               sum(unmetered), sum(timing), sum(difference), sum(charges)
          from judged where not listed group by step, others_listed
        union all
        select 1000000000, 'total', '', '', '', '', sum(computed), sum(usage_billed), sum(rating), sum(rate), sum(quantity), sum(unbilled),
               sum(unmetered), sum(timing), sum(difference), sum(charges)
          from ranked where $4 = 'screen' having count(*) > 0) r
 order by place;
