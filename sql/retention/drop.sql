-- Drops the lines of due_delivery that stand beside others', and what was derived from lines. Files and deliveries stay as
-- history, with the number of lines and the cost that they had. Result: deliveries and lines dropped.
-- $1 as_of: timestamptz
update provider.delivery d set lines_dropped_at = $1
  from due_delivery u where u.delivery_id = d.delivery_id;

-- (Arrays: the plan then reads the partitions of these periods and deliveries only.)
delete from provider.line_fact
 where period = any (array(select period from due_delivery where own_table is null))
   and delivery_id = any (array(select delivery_id from due_delivery where own_table is null));

delete from provider.line_sum where delivery_id = any (array(select delivery_id from due_delivery));

-- Attributes are a file's, and a file may hold several deliveries.
delete from provider.line_attribute
 where file_id = any (array(select file_id from provider.delivery_file join due_delivery using (delivery_id)
                            except
                            select file_id from provider.delivery_file join provider.delivery using (delivery_id) where lines_dropped_at is null));

select count(*), coalesce(sum(line_count), 0) from due_delivery;
