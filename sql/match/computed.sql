-- Computed cost of the period's billable events, and how it departs from the rule cost (the cause `rating`).
-- It is split over the token classes by rule cost, else by count.
create temporary table computed_cell on commit drop as
select row_number() over (order by w.business_unit collate "C", w.team collate "C", h.service collate "C", h.environment collate "C",
           h.tenant_id collate "C", h.feature collate "C", h.provider collate "C", h.model collate "C") as pool,
       h.provider, w.business_unit, w.team, h.service, h.environment, h.tenant_id, h.feature, h.model, sum(d.computed_usd) as computed,
       array[sum(coalesce(d.n_cache_read * h.p_cache_read, 0)), sum(coalesce(d.n_cache_write_1h * h.p_cache_write_1h, 0)),
             sum(coalesce(d.n_cache_write_5m * h.p_cache_write_5m, 0)), sum(coalesce(d.n_input * h.p_input, 0)),
             sum(coalesce(d.n_output * h.p_output, 0))] as r,
       array[sum(d.n_cache_read), sum(d.n_cache_write_1h), sum(d.n_cache_write_5m), sum(d.n_input), sum(d.n_output)] as n,
       array['cache_read', 'cache_write_1h', 'cache_write_5m', 'input', 'output'] as class
  from kind_day d
  join recon.event_kind h using (kind_no)
  join day_owner w on w.team_id = h.team_id and w.service = h.service and w.day = d.day
 where d.in_period
 group by h.provider, w.business_unit, w.team, h.service, h.environment, h.tenant_id, h.feature, h.model;

truncate share_in;

insert into share_in
select c.pool, k.cell, c.computed,
       case when c.r[1] + c.r[2] + c.r[3] + c.r[4] + c.r[5] > 0 then k.r
            when c.n[1] + c.n[2] + c.n[3] + c.n[4] + c.n[5] > 0 then k.n else 1 end
  from computed_cell c
  cross join lateral unnest(c.r, c.n) with ordinality as k (r, n, cell);
