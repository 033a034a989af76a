-- Computed cost of the period's billable events, and how it departs from the rule cost (the cause `rating`).
-- It is split over the token classes by rule cost, else by count.
create temporary table computed_cell on commit drop as
select row_number() over (order by w.business_unit collate "C", w.team collate "C", h.service collate "C", h.environment collate "C",
           h.tenant_id collate "C", h.feature collate "C", h.provider collate "C", h.model collate "C") as pool,
       h.provider, w.business_unit, w.team, h.service, h.environment, h.tenant_id, h.feature, h.model, sum(h.computed_usd) as computed,
       array[sum(h.r_cache_read), sum(h.r_cache_write_1h), sum(h.r_cache_write_5m), sum(h.r_input), sum(h.r_output)] as r,
       array[sum(h.n_cache_read), sum(h.n_cache_write_1h), sum(h.n_cache_write_5m), sum(h.n_input), sum(h.n_output)] as n,
       array['cache_read', 'cache_write_1h', 'cache_write_5m', 'input', 'output'] as class
  from recon.event_hour h
  join run_option o on h.hour >= o.period_start and h.hour < o.period_end
  join day_owner w on w.team_id = h.team_id and w.service = h.service and w.day = ref.utc_date(h.hour)
 group by h.provider, w.business_unit, w.team, h.service, h.environment, h.tenant_id, h.feature, h.model;

truncate share_in;

insert into share_in
select c.pool, k.cell, c.computed,
       case when c.r[1] + c.r[2] + c.r[3] + c.r[4] + c.r[5] > 0 then k.r
            when c.n[1] + c.n[2] + c.n[3] + c.n[4] + c.n[5] > 0 then k.n else 1 end
  from computed_cell c
  cross join lateral unnest(c.r, c.n) with ordinality as k (r, n, cell);
