-- The seven causes, which add up to the variance.
-- $1 id: text, $4 style: text
select cause, ref.amount_as(amount, $4) as amount_usd, meaning
  from recon.variance v
  cross join lateral (values
	(1, 'rating', v.rating_usd, 'the billing rule''s cost less the gateway''s computed cost'),
	(2, 'rate', v.rate_usd, 'billed at another price than the billing rule''s'),
	(3, 'quantity', v.quantity_usd, 'another quantity billed than metered'),
	(4, 'unbilled', v.unbilled_usd, 'metered, but on no bill'),
	(5, 'unmetered', v.unmetered_usd, 'billed, but no billable event covers it'),
	(6, 'timing', v.timing_usd, 'billed in another month than it happened in'),
	(7, 'rounding', v.rounding_usd, 'what remains'),
	(8, 'variance', v.variance_usd, 'usage billed less computed')) c (position, cause, amount, meaning)
 where v.period = left($1, 7) and v.business_unit = substr($1, 9) and (c.amount <> 0 or c.position = 8)
 order by position;
