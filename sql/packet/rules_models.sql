-- Other names of models.
-- $3 period: text
select provider, alias, model
  from ref.model_alias t
 where (provider in (select provider from packet_posting) or provider in (select coalesce(k.provider, t.provider) from packet_key k))
 order by provider collate "C", alias collate "C";
