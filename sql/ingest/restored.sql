-- A database restored into another cluster counts its transactions anew: what it had seen before is then seen again.
select ops.recount_transactions();
