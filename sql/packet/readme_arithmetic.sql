-- From the bill's lines to the journal's cents, with this packet's numbers. After packet/cells.
-- $3 period: text
with line as (
	select a.provider, sum(l.lines) as lines, sum(case when a.currency = 'USD' then l.cost else l.cost * x.usd_rate end) as usd,
	       count(distinct l.delivery_id) as deliveries
	  from recon.counted_delivery d
	  join provider.line_sum l on l.delivery_id = d.delivery_id and l.has_cost
	  join provider.line_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no
	  left join ref.fx x on x.period = l.period and x.currency = a.currency
	 where d.period = $3 and (a.currency = 'USD' or x.usd_rate is not null)
	 group by a.provider
), step as (
	select provider, string_agg(format('%s by step "%s"', ref.amount_text(amount), step), ' + ' order by step) as parts, sum(amount) as usd
	  from (select provider, step, sum(usage_billed + charges) as amount from recon.posting where period = $3 group by provider, step) s
	 where amount <> 0
	 group by provider
), rounded as (
	select provider, min(billed_total) as billed, min(charged_total) as charged, sum(charged) as exact, sum(floor(charged * 100)) * 0.01 as whole,
	       min(left_over) as left_over, count(*) filter (where charged <> 0) as cells, sum(estimate) as estimate
	  from packet_cell group by provider
), own as (
	select c.*, coalesce(p.parts, '0') as parts, coalesce(p.amount, 0) as amount, floor(c.charged * 100) * 0.01 as whole
	  from packet_cell c
	  left join (select provider, business_unit, cost_center, account, sum(amount) as amount,
	                    string_agg(format('%s by step "%s"', ref.amount_text(amount), step), ' + ' order by step) as parts
	               from (select provider, business_unit, cost_center, account, step, sum(usage_billed + charges) as amount
	                       from packet_posting group by provider, business_unit, cost_center, account, step) s
	              where amount <> 0
	              group by provider, business_unit, cost_center, account) p using (provider, business_unit, cost_center, account)
	 where p.parts is not null
	    or (c.moved <> 0 or c.recovery <> 0)
	       and exists (select from packet_key k
	                    where coalesce(k.provider, c.provider) = c.provider and coalesce(k.business_unit, c.business_unit) = c.business_unit
	                      and coalesce(k.cost_center, c.cost_center) = c.cost_center and num_nonnulls(k.team_id, k.service, k.model, k.request_id, k.bucket_no) = 0)
)
select text
  from (select provider, 1 as place, '' as key, format('%s: %s lines in %s deliveries add up to %s.', provider, lines, deliveries, ref.amount_text(usd)) as text
          from line where provider in (select provider from rounded)
        union all
        select provider, 2, '', format('%s: they were shared as %s = %s.', provider, parts, ref.amount_text(usd)) from step where provider in (select provider from rounded)
        union all
        select provider, 3, '', format('%s: that is %s in cents, which its clearing account is credited. %s', provider, ref.amount_text(billed),
                                       case when exact = 0 then 'Nothing is charged.'
                                            else format('%s is charged, %s in cents. Cut to whole cents, its %s journal cells are %s; the %s cents that are missing go to the cells with the largest remainders (cells.csv).',
                                                        ref.amount_text(exact), ref.amount_text(charged), cells, ref.amount_text(whole), trim_scale(left_over)) end)
          from rounded where cells > 0 or billed <> 0
        union all
        select provider, 3, '!', format('%s: the difference of %s between what is charged and what was billed goes to recovery (chargeback.csv).', provider,
                                        ref.amount_text(charged - billed))
          from rounded where charged <> billed
        union all
        select provider, 4, '', format('%s: what no bill had reached yet was estimated at %s for the accrual; a final journal has none of it.', provider, ref.amount_text(estimate))
          from rounded where estimate <> 0
        union all
        select provider, 5, business_unit || ' ' || cost_center,
               format('%s, %s at cost center "%s", account %s: %s = %s%s.', provider, business_unit, cost_center, account, parts, ref.amount_text(amount),
                      case when amount <> billed then format(', a part of the %s of its journal cell', ref.amount_text(billed))
                           else case when moved <> 0 or recovery <> 0
                                     then format('; %s by re-allocation and %s by its model make %s (chargeback.csv)', ref.amount_text(moved), ref.amount_text(recovery),
                                                 ref.amount_text(charged)) else '' end
                                || format('. Whole cents %s and a remainder of %s, which is number %s: %s, so %s is booked', ref.amount_text(whole),
                                          ref.amount_text(charged - whole), rank, case when rank <= left_over then 'a cent more' else 'no cent more' end,
                                          ref.amount_text(whole + case when rank <= left_over then 0.01 else 0 end))
                                || case when accrued <> charged
                                        then format('; with the estimate of %s an accrual charges %s and books %s', ref.amount_text(estimate), ref.amount_text(accrued),
                                                    ref.amount_text((floor(accrued * 100) + case when accrual_gets_a_cent then 1 else 0 end) * 0.01)) else '' end end)
          from own
        union all
        select provider, 6, id, format('%s: adjustment %s moves %s from %s to %s and is %s: proposed by %s%s. Reason: %s. Evidence: %s.', provider, id, ref.amount_text(amount),
                                       from_business_unit, to_business_unit, status, proposed_by, coalesce(', decided by ' || decided_by, ''), reason, evidence)
          from (select a.adjustment_id as id, a.*, e.login as proposed_by, d.login as decided_by,
                       case t.step when 'approve' then 'approved' when 'reject' then 'rejected' when 'withdraw' then 'withdrawn' else 'not decided' end as status
                  from ledger.adjustment a
                  join ledger.entry e using (entry_no)
                  left join ledger.adjustment_step t using (adjustment_id)
                  left join ledger.entry d on d.entry_no = t.entry_no
                 where a.period = $3 and exists (select from packet_key k where coalesce(k.provider, a.provider) = a.provider
                                                    and coalesce(k.business_unit, a.from_business_unit) in (a.from_business_unit, a.to_business_unit)
                                                    and k.request_id is null and k.bucket_no is null)) a
        union all
        select l.provider, 7, l.journal_id || lpad(l.line::text, 9, '0'), format('%s: booked as %s/%s, %s %s at account %s%s.', l.provider, l.journal_id, l.line, case when l.debit > 0 then 'debit' else 'credit' end,
                                                            ref.amount_text(l.debit + l.credit), l.account, case when l.business_unit = '' then '' else ' for ' || l.business_unit end)
          from ledger.journal j join ledger.journal_line l using (journal_id)
         where coalesce(j.corrects, j.period) = $3
           and ((l.provider, l.account, l.cost_center, l.business_unit) in (select provider, account, cost_center, business_unit from own)
                or ledger.line_kind(l.business_unit, l.memo) = 'recovery' and l.provider in (select provider from rounded))) t
 order by provider collate "C", place, key collate "C";
