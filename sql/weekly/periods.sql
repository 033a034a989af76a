-- The months that are reconciled and not posted.
select period from recon.result where ledger.period_state(period) <> 'posted' order by period;
