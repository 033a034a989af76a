-- How its parts add up to the line's cents. A provider's total is rounded; its debits share the cents by largest remainder.
-- $4 style: text
select t.item, ref.amount_digits(t.amount, $4) as amount_usd, t.remark
  from seen_journal_line x
  cross join lateral (select coalesce(sum(usage_billed), 0) as usage, coalesce(sum(charges), 0) as charges from seen_posting) p
  cross join lateral (select coalesce(sum(amount_usd), 0) as estimate from seen_estimate) e
  cross join lateral (select case when x.adjustment_id is not null then x.amount else 0 end as adjusted) d
  cross join lateral (values
	(1, 'usage billed', p.usage, ''),
	(2, 'charges billed', p.charges, 'tax, credits, refunds, discounts, fees'),
	(3, 'estimate', e.estimate, 'computed cost of what no bill has reached'),
	(4, 'adjustment', d.adjusted, x.memo),
	(5, 'sum', p.usage + p.charges + e.estimate + d.adjusted, ''),
	(6, 'rounding to cents', x.amount - p.usage - p.charges - e.estimate - d.adjusted,
	 case when abs(x.amount - p.usage - p.charges - e.estimate - d.adjusted) < 0.01
	      then case when x.is_clearing then 'half away from zero' else 'the provider''s total is rounded, its cents shared by largest remainder' end
	      else 'more than rounding: the period was reconciled again after this journal was written' end),
	(7, case when x.kind = 'reversal' then 'the line it reverses' else 'the line' end, x.amount,
	 case when (x.debit > 0) <> (x.kind = 'reversal') then 'debit' else 'credit' end),
	(8, 'the line', case when x.kind = 'reversal' then -x.amount else 0 end, case when x.debit > 0 then 'debit' else 'credit' end))
	t (position, item, amount, remark)
 where x.kind in ('accrual', 'reversal', 'final') and (t.amount <> 0 or t.position between 5 and 7)
 order by position;
