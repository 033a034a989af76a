-- Bytes and numbers of rows, as "stage value" lines.
select 'line_bytes', coalesce(sum(pg_table_size(relid)), 0) from pg_partition_tree('provider.line_fact') where isleaf
union all
select 'line_index_bytes', coalesce(sum(pg_indexes_size(relid)), 0) from pg_partition_tree('provider.line_fact') where isleaf
union all
select 'attribute_bytes', pg_total_relation_size('provider.line_attribute')
union all
select 'lines', count(*) from provider.line_fact
union all
select 'event_bytes', pg_table_size('gateway.event')
union all
select 'event_index_bytes', pg_indexes_size('gateway.event')
union all
select 'hour_bytes', sum(pg_total_relation_size(t))
  from unnest('{recon.hour_cell, recon.hour_digest, recon.event_kind, recon.event_name, recon.event_key}'::regclass[]) t
union all
select 'events', count(*) from gateway.event;
