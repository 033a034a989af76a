-- exceptions.csv; with filters for the listing. Largest amounts first on screens, key order in files.
-- $1 period: text, $2 style: text, $3 code_or_class: text  null = all, $4 business_unit: text  null = all
-- $5 status: text  null = all
select exception_id, period, class, code, severity, business_unit, team_id, service, provider, model, request_id,
       ref.amount_as(amount_usd, $2) as amount_usd, count::text as count, detail, owner, status
  from recon.exception
 where period = $1 and ($3 is null or code = $3 or class = $3) and ($4 is null or business_unit = $4)
   and ($5 is null or status = $5)
 order by case when $2 = 'screen' then -abs(amount_usd) end, class collate "C", code collate "C", business_unit collate "C",
          team_id collate "C", service collate "C", provider collate "C", model collate "C";
