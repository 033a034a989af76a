-- The buckets whose cost, or the rest of it, no billable event covers and this business unit bears: as owner of the lines,
-- by allocations.csv (then the whole amount to be allocated is shown), or because nobody owns them.
-- $1 id: text, $4 style: text
select b.period || '/bucket/' || b.bucket_no as id, to_char(b.usage_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as usage_start,
       to_char(b.usage_end at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as usage_end, b.provider, b.account_id, b.region, b.model, b.usage_class,
       l.lines::text as lines, ref.amount_as(b.cost_usd, $4) as bucket_cost_usd, b.billed_quantity::text as billed_quantity,
       b.metered_quantity::text as metered_quantity, ref.amount_as(l.amount, $4) as unmetered_usd,
       case when l.by_policy then 'allocation of ' || l.borne_by when l.team = '' then 'nobody' else l.team || ', by ' || l.owned_through end as borne_by
  from seen_left l
  join recon.bucket b on b.period = l.period and b.bucket_no = l.bucket_no
 where l.borne_by = substr($1, 9)
    or l.by_policy and exists (select from recon.posting p
                                where p.period = left($1, 7) and p.business_unit = substr($1, 9) and p.step = 'policy' and p.charge_type = 'usage'
                                  and p.provider = b.provider and 'usage:' || p.usage_class = l.borne_by)
 order by abs(l.amount) desc, b.bucket_no
 limit 15;
