-- Drops the partition of a delivery that could not be read to its end.
-- $1 partition: text
select provider.drop_partition($1);
