-- By which model who is charged.
-- $3 period: text
select business_unit_id, model, trim_scale(markup)::text as markup, trim_scale(pool_usd)::text as pool_usd, trim_scale(from_tokens)::text as from_tokens,
       trim_scale(to_tokens)::text as to_tokens, trim_scale(usd_per_million)::text as usd_per_million, nullif(valid_from, '-infinity')::text as valid_from,
       nullif(valid_to, 'infinity')::text as valid_to
  from packet_rule p cross join lateral jsonb_populate_record(null::ref.chargeback, p.content) t
 where p.name = 'chargeback' and valid_from < ref.utc_date(ref.period_end($3)) and valid_to > ref.utc_date(ref.period_start($3))
 order by business_unit_id collate "C", t.from_tokens, t.valid_from;
