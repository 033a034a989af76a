-- Makes the partitions of provider.line_fact for a period, and in it for a delivery that holds a whole bill.
-- $1 period: text, $2 delivery_id: bigint   null: a delivery like others
select provider.make_partition($1, $2);
