-- Other names of models.
-- $3 period: text
select provider, alias, model
  from packet_rule p cross join lateral jsonb_populate_record(null::ref.model_alias, p.content) t
 where p.name = 'models' and (provider in (select provider from packet_posting) or provider in (select coalesce(k.provider, t.provider) from packet_key k))
 order by provider collate "C", alias collate "C";
