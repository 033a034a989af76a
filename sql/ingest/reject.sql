-- Takes back what was copied from files that could not be read to their end, and of deliveries that they take part in.
-- $1 file_id: bigint[], $2 delivery_id: bigint[]
select provider.take_back($1, $2);
