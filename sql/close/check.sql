-- What stands in the way of a period, what it blocks, and who can clear it.
-- $1 period: text
select code, what, who, blocks, can_be_waived::text as can_be_waived
  from (select * from close.check_period($1) union all select * from close.waiting($1) where ledger.period_state($1) = 'open') b
 order by blocks desc, code collate "C", what collate "C";
