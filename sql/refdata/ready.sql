-- Statistics of what was staged: the checks join the files with one another.
analyze staged_business_units, staged_teams, staged_services, staged_models, staged_prices, staged_owners,
        staged_allocations, staged_accounts, staged_budgets, staged_fx, staged_chargeback, staged_reallocations;
