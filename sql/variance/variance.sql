-- Variance per business unit: every unit in force at any time of the period, and `unattributed`. The threshold is that of
-- the row in force at the period's last instant (else the latest). Breach is tested exactly; equal is within.
-- $1 period: text
delete from recon.variance where period = $1;

insert into recon.variance
select $1, coalesce(u.business_unit, p.business_unit), s.computed, s.usage_billed, s.usage_billed - s.computed,
       case when s.usage_billed <> 0 then
            sign(s.usage_billed - s.computed) * sign(s.usage_billed)
            * (div(abs(s.usage_billed - s.computed) * 200000000 + abs(s.usage_billed), abs(s.usage_billed) * 2)) * 0.000001 end,
       t.tolerance, case when abs(s.usage_billed - s.computed) > t.tolerance then 'breach' else 'within' end,
       s.rating, s.rate, s.quantity, s.unbilled, s.unmetered, s.timing,
       s.usage_billed - s.computed - s.rating - s.rate - s.quantity - s.unbilled - s.unmetered - s.timing,
       s.charges, s.usage_billed + s.charges
  from (select distinct on (b.business_unit_id) b.business_unit_id as business_unit, b.threshold_pct, b.threshold_usd
          from ref.business_unit b, run_option o
         where b.valid_from < ref.utc_date(o.period_end) and b.valid_to > ref.utc_date(o.period_start)
         order by b.business_unit_id, b.valid_from desc) u
  full join (select business_unit, sum(computed) as computed, sum(usage_billed) as usage_billed, sum(charges) as charges, sum(rating) as rating, sum(rate) as rate,
                    sum(quantity) as quantity, sum(unbilled) as unbilled, sum(unmetered) as unmetered, sum(timing) as timing
               from (select business_unit, computed, usage_billed, charges, rating, rate, quantity, unbilled, unmetered, timing
                       from recon.posting where period = $1
                     union all
                     select 'unattributed', 0, 0, 0, 0, 0, 0, 0, 0, 0) a
              group by business_unit) p using (business_unit)
  cross join run_option o
  cross join lateral (
	select coalesce(p.computed, 0) as computed, coalesce(p.usage_billed, 0) as usage_billed, coalesce(p.charges, 0) as charges,
	       coalesce(p.rating, 0) as rating, coalesce(p.rate, 0) as rate, coalesce(p.quantity, 0) as quantity,
	       coalesce(p.unbilled, 0) as unbilled, coalesce(p.unmetered, 0) as unmetered, coalesce(p.timing, 0) as timing) s
  cross join lateral (
	select greatest(coalesce(u.threshold_pct, o.percent) * 0.01 * abs(s.usage_billed), coalesce(u.threshold_usd, o.amount)) as tolerance) t;
