-- Imported prices whose model has since become an alias: nothing looks them up until the book is imported again.
select count(*), coalesce(min(p.billing_rule_version collate "C"), '')
  from ref.price p
  join ref.model_alias a on a.provider = p.provider and a.alias = p.model and a.model <> a.alias
 where p.origin <> 'refdata';
