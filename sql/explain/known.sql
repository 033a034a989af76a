-- What an id stands for, the likeliest first: kind, the provider of a request, the id as it is stored; and for an exception,
-- what kind of evidence its code has.
-- $1 id: text, $2 period: text  null = any, $3 provider: text  null = any
select kind, provider, id, evidence
  from (select 1 as place, 'request' as kind, provider, request_id as id, '' as evidence
          from gateway.event where request_id = $1 and ($3 is null or provider = $3)
        union
        select 1, 'request', provider, request_id, ''
          from provider.usage_log where request_id = $1 and ($3 is null or provider = $3)
        union all
        select 2, 'bucket', '', period || '/bucket/' || bucket_no, ''
          from recon.bucket
         where $1 ~ '^[0-9]{4}-[0-9]{2}/bucket/[0-9]{1,18}$' and period = left($1, 7) and bucket_no::text = ltrim(substr($1, 16), '0')
        union all
        select 3, 'unit', '', period || '/' || business_unit, ''
          from recon.variance
         where period || '/' || business_unit = $1 or (period = $2 and business_unit = $1)
        union all
        select 4, 'journal', '', journal_id, '' from ledger.journal where journal_id = $1
        union all
        select 5, 'journal_line', '', journal_id || '/' || line, ''
          from ledger.journal_line
         where journal_id = regexp_replace($1, '/[0-9]+$', '') and line::text = substring($1 from '/0*([0-9]+)$')
        union all
        select 5, 'adjustment', '', adjustment_id, '' from ledger.adjustment where adjustment_id = $1
        union all
        select 6, 'exception', '', exception_id,
               case when code in ('missing_team', 'unknown_team', 'unknown_service', 'invalid_environment', 'token_counts_inconsistent',
                                  'partial_stream', 'cache_hit_charged') or class = 'rating' then 'events'
                    when code in ('duplicate_event', 'retry_double_count', 'missing_event', 'token_mismatch') then 'records'
                    when code in ('rate_variance', 'quantity_variance', 'unmetered_usage', 'unattributed_cost', 'late_event', 'billed_failure',
                                  'duplicate_line') then 'amounts'
                    when code = 'unbilled_usage' then 'unbilled'
                    when code in ('unmapped_model', 'currency_unsupported') then 'lines'
                    else 'inputs' end
          from recon.exception
         where $1 ~ '^[0-9A-Fa-f]{4,16}$' and starts_with(exception_id, lower($1)) and ($2 is null or period = $2)) k
 order by place, provider collate "C", id collate "C"
 limit 20;
