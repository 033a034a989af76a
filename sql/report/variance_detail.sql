-- Variance below the business unit, by the given dimensions.
-- $1 period: text, $2 style: text, $3 dimensions: text[]  of team_id, service, provider, model, usage_class, environment
-- $4 business_unit: text  null = all
-- On screens rounding is left out unless it makes a cent somewhere.
select period, business_unit, team_id, service, provider, model, usage_class, environment,
       ref.amount_as(sum(computed_usd), $2) as computed_usd, ref.amount_as(sum(usage_billed_usd), $2) as usage_billed_usd,
       ref.amount_as(sum(variance_usd), $2) as variance_usd, ref.amount_as(sum(rating_usd), $2) as rating_usd,
       ref.amount_as(sum(rate_usd), $2) as rate_usd, ref.amount_as(sum(quantity_usd), $2) as quantity_usd,
       ref.amount_as(sum(unbilled_usd), $2) as unbilled_usd, ref.amount_as(sum(unmetered_usd), $2) as unmetered_usd,
       ref.amount_as(sum(timing_usd), $2) as timing_usd,
       case when $2 <> 'screen' or bool_or(round(sum(rounding_usd), 2) <> 0) over () then ref.amount_as(sum(rounding_usd), $2) end as rounding_usd,
       ref.amount_as(sum(charges_usd), $2) as charges_usd,
       ref.amount_as(sum(billed_usd), $2) as billed_usd
  from (select period, business_unit, case when 'team_id' = any ($3) then team_id else '' end as team_id,
               case when 'service' = any ($3) then service else '' end as service,
               case when 'provider' = any ($3) then provider else '' end as provider,
               case when 'model' = any ($3) then model else '' end as model,
               case when 'usage_class' = any ($3) then usage_class else '' end as usage_class,
               case when 'environment' = any ($3) then environment else '' end as environment,
               computed_usd, usage_billed_usd, variance_usd, rating_usd, rate_usd, quantity_usd, unbilled_usd, unmetered_usd,
               timing_usd, rounding_usd, charges_usd, billed_usd
          from recon.variance_detail where period = $1 and ($4 is null or business_unit = $4)) d
 group by period, business_unit, team_id, service, provider, model, usage_class, environment
 order by business_unit collate "C", team_id collate "C", service collate "C", provider collate "C", model collate "C",
          usage_class collate "C", environment collate "C";
