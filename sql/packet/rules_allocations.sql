-- Who bears charges.
select charge_type, method, target
  from packet_rule p cross join lateral jsonb_populate_record(null::ref.allocation, p.content) t
 where p.name = 'allocations'
 order by charge_type collate "C";
