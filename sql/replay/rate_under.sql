-- What the version that is asked for has a price for is rated under it, whatever its events state.
-- After rollup/cells, before rollup/rates.
create temporary table rated_under on commit drop as
select n.names, i.version
  from replay_input i
 cross join recon.event_name n
  left join ref.model_alias a on a.provider = n.provider and a.alias = n.model
 where exists (select from ref.price p where p.billing_rule_version = i.version and p.provider = n.provider and p.model = coalesce(a.model, n.model))
   and exists (select from event_cell c where c.names = n.names);

update recon.event_name n set billing_rule_version = u.version from rated_under u where u.names = n.names;

update event_cell c set is_unrated = true from rated_under u where u.names = c.names;
