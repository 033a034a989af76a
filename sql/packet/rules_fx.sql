-- USD for one unit.
-- $3 period: text
select period, currency, trim_scale(usd_rate)::text as usd_rate from ref.fx where period = $3 order by currency collate "C";
