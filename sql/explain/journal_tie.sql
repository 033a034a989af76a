-- How its parts add up to the line's cents. What is billed and what is charged are rounded per provider; debits share the cents
-- by largest remainder, and recovery is what is left between the two.
-- $4 style: text
select t.item, ref.amount_digits(t.amount, $4) as amount_usd, t.remark
  from seen_journal_line x
  cross join lateral (select coalesce(sum(usage_billed), 0) as usage, coalesce(sum(charges), 0) as charges from seen_posting) p
  cross join lateral (select coalesce(sum(amount_usd), 0) as estimate from seen_estimate) e
  cross join lateral (select coalesce(sum(amount_usd) filter (where step <> 'recovery'), 0) as moved,
                             coalesce(sum(amount_usd) filter (where step = 'recovery'), 0) as recovery from seen_charge) c
  cross join lateral (select case when x.made_of = 'adjustment' then x.amount else 0 end as adjusted) d
  cross join lateral (select p.usage + p.charges + e.estimate + c.moved + c.recovery + d.adjusted as total) s
  cross join lateral (values
	(1, 'usage billed', p.usage, ''),
	(2, 'charges billed', p.charges, 'tax, credits, refunds, discounts, fees'),
	(3, 'estimate', e.estimate, 'computed cost of what no bill has reached'),
	(4, 're-allocated', c.moved, 'to other business units (negative) and from them'),
	(5, 'recovery', c.recovery, 'what models charge beyond cost, or less: `closebook chargeback --period ' || x.period || '`'),
	(6, 'adjustment', d.adjusted, x.memo),
	(7, 'sum', s.total, ''),
	(8, 'rounding to cents', x.amount - s.total,
	 case when abs(x.amount - s.total) < 0.01 or x.made_of = 'recovery' and abs(x.amount - s.total) = 0.01
	      then case x.made_of when 'clearing' then 'half away from zero'
	                          when 'recovery' then 'what is charged and what is billed are each rounded per provider'
	                          else 'the provider''s total is rounded, its cents shared by largest remainder' end
	      else 'more than rounding: the period was reconciled again after this journal was written' end),
	(9, case when x.kind = 'reversal' then 'the line it reverses' else 'the line' end, x.amount,
	 case when (x.debit > 0) <> (x.kind = 'reversal') then 'debit' else 'credit' end),
	(10, 'the line', case when x.kind = 'reversal' then -x.amount else 0 end, case when x.debit > 0 then 'debit' else 'credit' end))
	t (position, item, amount, remark)
 where x.kind in ('accrual', 'reversal', 'final') and (t.amount <> 0 or t.position between 7 and 9)
 order by position;
