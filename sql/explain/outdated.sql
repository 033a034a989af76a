-- Whether a reconciled month rests on what has changed since: amounts stay as they were then, while files, names and owners
-- are looked up as they are now.
-- $1 id: text   PERIOD/…, a journal's, a journal line's, an adjustment's or an exception's
select text
  from recon.result r
  cross join lateral (select ledger.period_state(r.period) as state) s
  cross join lateral (values
	(1, 'Reference data was applied after this month was reconciled: owners and names are shown as they are now, amounts as they were.'
	    || case s.state when 'open' then ' Reconcile it again.' else ' The month is ' || s.state || ' with reference data ' ||
	       coalesce((select left(p.refdata_digest, 16) from ledger.period_step p where p.period = r.period and p.step = 'freeze'
	                  order by p.entry_no desc limit 1), '') || '….' end,
	 exists (select from ops.refdata f where f.applied_at > r.reconciled_at)),
	(2, 'Bills of this month were loaded after it was reconciled: '
	    || case s.state when 'open' then 'they count when it is reconciled again.' else 'it is ' || s.state || ', and they do not count in it.' end,
	 exists (select from provider.delivery d where d.period = r.period and d.loaded_at > r.reconciled_at))) o (place, text, is_so)
 where o.is_so
   and r.period = coalesce(substring($1 from '^([0-9]{4}-[0-9]{2})/'),
                           (select period from ledger.journal where journal_id = regexp_replace($1, '/[0-9]+$', '')),
                           (select period from ledger.adjustment where adjustment_id = $1),
                           (select period from recon.exception where exception_id = $1))
 order by place;
