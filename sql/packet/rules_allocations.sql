-- Who bears charges.
select charge_type, method, target from ref.allocation order by charge_type collate "C";
