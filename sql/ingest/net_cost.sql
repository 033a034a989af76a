-- A bill whose net cost column is filled somewhere is counted by that column: where it is empty, the cost is 0.
-- $1 delivery_id: bigint[]
update provider.line_fact l
   set cost = 0
  from provider.line_attribute a
 where l.delivery_id = any ($1) and a.file_id = l.file_id and a.attribute_no = l.attribute_no and a.net_cost_missing and l.cost <> 0;
