-- The months that are reconciled and not posted, and not left out of the books for good.
select period from recon.result where ledger.period_state(period) <> 'posted' and period >= coalesce(ledger.first_posted(), '') order by period;
