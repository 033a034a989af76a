-- Statements that make the partitions of provider.line_fact for a period, and in it for a delivery that holds a whole
-- bill; the period's other deliveries share one, where they lie one after another: a few pages tell where one is.
-- $1 period: text, $2 delivery_id: text   null: a delivery like others
select format('create table if not exists provider.%I partition of provider.line_fact for values in (%L) partition by list (delivery_id)', name, $1)
  from (values ('line_' || replace($1, '-', '_'))) p (name)
union all
select format('create table if not exists provider.%I partition of provider.%I default', name || '_rest', name)
  from (values ('line_' || replace($1, '-', '_'))) p (name)
 where $2 is null
union all
select format('create index if not exists %I on provider.%I using brin (delivery_id) with (pages_per_range = 32)', name || '_rest_delivery', name || '_rest')
  from (values ('line_' || replace($1, '-', '_'))) p (name)
 where $2 is null
union all
select format('create table provider.%I partition of provider.%I for values in (%L)', name || '_' || $2, name, $2)
  from (values ('line_' || replace($1, '-', '_'))) p (name)
 where $2 is not null;
