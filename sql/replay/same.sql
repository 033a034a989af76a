-- To prove a month: the hours in which the roll-up is not what the events give, in what is derived of them: cells, each event's place
-- and counts, names and kinds. They alone are made anew: most often there are none. Result: the first of them, the end of the last,
-- all; and, if some are of the period, the first of these. No row if there are none.
-- $1 period: text
-- $2 from: timestamptz, $3 to: timestamptz, $4 hours: timestamptz[]
set local enable_sort = off;

create temporary table kept_cell on commit drop as
select cell_no, count(*) as events, bit_xor(recon.key_no(request_id, n_input, n_cache_read, n_cache_write_5m, n_cache_write_1h, n_output)) as keys
  from recon.event_key
 where cell_no >= recon.hour_no($2) << 32 and cell_no < recon.hour_no($3) << 32
 group by cell_no;

set local enable_sort = on;

analyze kept_cell;

create temporary table given_cell on commit drop as
select o.cell_no, sum(c.events) as events, bit_xor(c.keys) as keys
  from event_cell c
  join scratch.cell_of o using (hour, names)
 group by o.cell_no;

analyze given_cell;

create temporary table differing_hour on commit drop as
select recon.hour_of(cell_no) as hour
  from given_cell g
  full join (select * from kept_cell where recon.hour_of(cell_no) = any ($4)) k using (cell_no)
 where (g.events, g.keys) is distinct from (k.events, k.keys)
union
select hour
  from new_cell n
  full join (select * from recon.hour_cell where hour = any ($4)) h using (cell_no, hour)
 where (n.kind_no, n.events, n.ids, n.n_input, n.n_cache_read, n.n_cache_write_5m, n.n_cache_write_1h, n.n_output, n.computed_usd, n.rated_by_closebook)
       is distinct from
       (h.kind_no, h.events, h.ids, h.n_input, h.n_cache_read, h.n_cache_write_5m, h.n_cache_write_1h, h.n_output, h.computed_usd, h.rated_by_closebook)
union
select c.hour
  from event_cell c
  join recon.event_name n using (names)
 where n.names <> recon.names_no(n.provider, n.model, n.service_tier, n.batch, n.billing_rule_version, n.unit_price, n.band, n.account_id, n.region,
                                 n.team_id, n.service, n.environment, n.tenant_id, n.feature, n.outcome, n.classes)
union
select o.hour
  from scratch.cell_of o
  join recon.event_kind e using (kind_no)
 where e.digest <> recon.kind_digest(e.provider, e.account_id, e.region, e.model, e.service_tier, e.team_id, e.service, e.environment, e.tenant_id,
                                     e.feature, e.billing_rule_version, e.outcome, e.classes, e.p_input, e.p_cache_read, e.p_cache_write_5m,
                                     e.p_cache_write_1h, e.p_output);

delete from stale_hour s where not exists (select from differing_hour d where d.hour = s.hour);

select min(hour), max(hour) + interval '1 hour', array_agg(hour order by hour),
       to_char(min(hour) filter (where hour >= ref.period_start($1) and hour < ref.period_end($1)) at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
  from differing_hour
having count(*) > 0;
