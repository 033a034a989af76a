-- To prove a month, where the roll-up is not what the events give: names and kinds that were changed are known no more, and what
-- was prepared goes, so that rollup/new_keys … keys make the hours anew.
delete from recon.event_name n
 where n.names <> recon.names_no(n.provider, n.model, n.service_tier, n.batch, n.billing_rule_version, n.unit_price, n.band, n.account_id, n.region, n.team_id,
                                 n.service, n.environment, n.tenant_id, n.feature, n.outcome, n.classes);

update recon.event_kind e
   set digest = 'changed: ' || kind_no
 where digest <> recon.kind_digest(e.provider, e.account_id, e.region, e.model, e.service_tier, e.team_id, e.service, e.environment, e.tenant_id, e.feature,
                                   e.billing_rule_version, e.outcome, e.classes, e.p_input, e.p_cache_read, e.p_cache_write_5m, e.p_cache_write_1h, e.p_output);

drop table event_cell, cell_name, name_kind, new_cell, scratch.cell_of;
