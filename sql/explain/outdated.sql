-- Whether a reconciled month rests on what has changed since: amounts stay as they were then, while files, names and owners
-- are looked up as they are now.
-- $1 id: text   PERIOD/…, a journal's, a journal line's or an exception's
select text
  from recon.result r
  cross join lateral (values
	(1, 'Reference data was applied after this month was reconciled: owners and names are shown as they are now, amounts as they were. Reconcile it again.',
	 exists (select from ops.refdata f where f.applied_at > r.reconciled_at)),
	(2, 'Bills of this month were loaded after it was reconciled: they count when it is reconciled again.',
	 exists (select from provider.delivery d where d.period = r.period and d.loaded_at > r.reconciled_at))) o (place, text, is_so)
 where o.is_so
   and r.period = coalesce(substring($1 from '^([0-9]{4}-[0-9]{2})/'),
                           (select period from ledger.journal where journal_id = regexp_replace($1, '/[0-9]+$', '')),
                           (select period from recon.exception where exception_id = $1))
 order by place;
