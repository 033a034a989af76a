-- The largest 20 buckets behind it, by the amount that the exception is about.
-- $4 style: text
select b.period || '/bucket/' || b.bucket_no as id, to_char(b.usage_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as at,
       concat_ws(', ', b.account_id, b.region, b.model, b.usage_class, b.service_tier, b.line_count || case when b.line_count = 1 then ' line' else ' lines' end,
                 'billed ' || b.billed_quantity || ', metered ' || b.metered_quantity) as what, ref.amount_digits(a.amount, $4) as amount_usd
  from (select p.period, p.bucket_no,
               sum(case x.code when 'rate_variance' then p.rate when 'quantity_variance' then p.quantity when 'late_event' then p.timing
                               when 'unattributed_cost' then p.usage_billed else 0 end) as amount
          from seen_exception x
          join recon.posting p on p.period = x.period and p.bucket_no is not null and p.provider = x.provider and p.business_unit = x.business_unit
                              and (x.code = 'unattributed_cost' or (p.team_id = x.team_id and p.service = x.service and p.model = x.model))
         group by p.period, p.bucket_no
        union all
        select l.period, l.bucket_no, l.amount
          from seen_exception x
          cross join seen_left l
          join recon.bucket b on b.period = l.period and b.bucket_no = l.bucket_no
         where l.borne_by = x.business_unit and (x.code = 'unattributed_cost' or (l.team = x.team_id and coalesce(b.model, '') in (x.model, '')))
            or l.by_policy and x.code in ('unmetered_usage', 'quantity_variance') and x.team_id = '' and x.model in ('', coalesce(b.model, ''))
               and exists (select from recon.posting p
                            where p.period = x.period and p.business_unit = x.business_unit and p.step = 'policy' and p.provider = x.provider
                              and 'usage:' || p.usage_class = l.borne_by)) a
  join recon.bucket b on b.period = a.period and b.bucket_no = a.bucket_no
 where a.amount <> 0
 order by abs(a.amount) desc, b.bucket_no
 limit 20;
