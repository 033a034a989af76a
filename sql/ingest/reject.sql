-- Takes back what was copied from files that could not be read to their end, and of deliveries that they take part in.
-- $1 file_id: bigint[], $2 delivery_id: bigint[]
delete from gateway.event where file_id = any ($1);

delete from provider.usage_log where file_id = any ($1);

delete from ops.quarantine where file_id = any ($1);

delete from provider.line_fact where delivery_id = any ($2) or file_id = any ($1);

delete from provider.line_attribute a
 where a.file_id = any ($1);
