-- The bucket: what its lines say, and what was metered. One row.
-- $4 style: text
select b.period || '/bucket/' || b.bucket_no as id, b.source, b.provider, b.account_id, b.region, b.model, b.usage_class, b.service_tier,
       b.api_key_id, b.resource_id, to_char(b.usage_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as usage_start,
       to_char(b.usage_end at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as usage_end, b.line_count::text as lines,
       ref.amount_digits(b.cost_usd, $4) as cost_usd, b.billed_quantity::text as billed_quantity, b.metered_quantity::text as metered_quantity,
       ref.amount_digits(b.rule_cost_usd, $4) as rule_cost_usd, ref.amount_digits(s.got, $4) as shared_usd, ref.amount_digits(nullif(s.left_usd, 0), $4) as unmetered_usd,
       case when b.usage_end <= b.usage_start then 'The lines state an instant: usage_end is exclusive, so that no event lies between usage_start and usage_end. State the end of the window.'
            when b.metered_quantity = 0 then 'No billable event of the window has this usage: owners.csv and allocations.csv say who bears it.'
            when b.usage_class is null then 'The lines name no usage class: the cost is shared by rule cost.'
            when b.billed_quantity is null then 'No quantity is billed: the cost is shared over what was metered.'
            when b.billed_quantity > b.metered_quantity and s.left_usd <> 0 then 'More was billed than metered: the part that was metered is shared, the rest goes to the owners of the lines.'
            when b.billed_quantity > b.metered_quantity then 'More was billed than metered; all of it is shared.'
            when b.billed_quantity < b.metered_quantity then 'Less was billed than metered.'
            else 'Billed and metered quantities agree.' end as remark
  from asked_bucket s
  join recon.bucket b on b.period = s.period and b.bucket_no = s.bucket_no;
