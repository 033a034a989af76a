-- USD for one unit.
-- $3 period: text
select period, currency, trim_scale(usd_rate)::text as usd_rate
  from packet_rule p cross join lateral jsonb_populate_record(null::ref.fx, p.content) t
 where p.name = 'fx' and period = $3
 order by currency collate "C";
