-- A bill whose net cost column is filled somewhere is counted by that column: where it is empty, the cost is 0.
-- $1 delivery_id: bigint[]
select provider.zero_missing_net_cost($1);
