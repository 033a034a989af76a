-- The buckets that took its classes: C, Q and M of all, and this request's share.
-- $4 style: text
select s.period || '/bucket/' || s.bucket_no as id, s.source, to_char(s.usage_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as usage_start,
       to_char(s.usage_end at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as usage_end, s.account_id, s.region, s.model, s.service_tier,
       s.class as usage_class, s.line_count::text as lines, ref.amount_digits(s.cost_usd, $4) as bucket_cost_usd,
       s.billed_quantity::text as bucket_billed, s.metered_quantity::text as bucket_metered, s.n::text as metered,
       coalesce(ref.amount_digits(s.share, $4), 'not split below its group') as share_usd
  from seen_share s
 order by s.position, s.period;
