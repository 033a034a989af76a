-- What a posted period is to be corrected by: each stage's cents less those of the stage before; before the first stands what
-- is booked. A stage adds one cause to the inputs. Credits are lines too: where both may have come, the stage of lines is
-- taken in two, with the credits of the stage before and with its own (as billed: what a model or re-allocation makes of them
-- stays with the lines). Result: how many cells, and what they add up to.
-- $1 period: text, $2 stages: jsonb   {stages: [{cause, cells}]}, in order; a cause of null only says what credits there were
create temporary table stage_cell on commit drop as
select s.n, s.stage ->> 'cause' as cause, c.*
  from jsonb_array_elements($2 -> 'stages') with ordinality as s (stage, n)
 cross join lateral jsonb_to_recordset(s.stage -> 'cells') as c (provider text, business_unit text, cost_center text, account text, amount numeric, charged numeric, credit numeric,
                                                                charged_credit numeric);

create temporary table correction_stage on commit drop as
select row_number() over (order by p.place) as rank, p.cause,
       (select coalesce(array_agg((c.provider, c.business_unit, c.cost_center, c.account, c.amount, c.charged)::ledger.cell), '{}')
          from (select provider, business_unit, cost_center, account, sum(amount) as amount, sum(charged) as charged
                  from (select s.provider, s.business_unit, s.cost_center, s.account, s.amount, s.charged from stage_cell s where s.n = p.n
                        union all
                        select s.provider, s.business_unit, s.cost_center, s.account, -s.credit, -s.charged_credit
                          from stage_cell s where s.n = p.n and p.is_part
                        union all
                        select s.provider, s.business_unit, s.cost_center, s.account, s.credit, s.charged_credit
                          from stage_cell s where s.n = p.n - 1 and p.is_part) k
                 group by provider, business_unit, cost_center, account) c) as cells
  from (select s.n, s.n * 2 as place, s.stage ->> 'cause' as cause, s.n > 1 and s.stage ->> 'cause' = 'late_line' as is_part
          from jsonb_array_elements($2 -> 'stages') with ordinality as s (stage, n) where s.stage ->> 'cause' is not null
        union all
        select s.n, s.n * 2 + 1, 'credit', false
          from jsonb_array_elements($2 -> 'stages') with ordinality as s (stage, n) where s.n > 1 and s.stage ->> 'cause' = 'late_line') p;

create temporary table correction_cents on commit drop as
select 0::bigint as rank, c.* from ledger.booked($1, (select max(entry_no) from ledger.entry)) c
union all
select s.rank, c.* from correction_stage s cross join lateral ledger.cents_of($1, s.cells) c;

delete from recon.correction where period = $1;

insert into recon.correction
select $1, s.cause, d.provider, d.business_unit, d.cost_center, d.account, d.posted, d.reprocessed, d.reprocessed - d.posted
  from correction_stage s
 cross join lateral (
	select provider, business_unit, cost_center, account, coalesce(sum(c.amount) filter (where c.rank = s.rank - 1), 0) as posted,
	       coalesce(sum(c.amount) filter (where c.rank = s.rank), 0) as reprocessed
	  from correction_cents c where c.rank in (s.rank - 1, s.rank)
	 group by provider, business_unit, cost_center, account) d
 where d.posted <> d.reprocessed;

select count(*), ref.amount_screen(coalesce(sum(amount), 0)) from recon.correction where period = $1;
