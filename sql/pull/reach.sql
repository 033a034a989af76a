-- From when and up to when a source's current deliveries of each dataset reach.
-- $1 source: text
select dataset, to_char(max(bucket_end) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       to_char(min(bucket_start) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
  from provider.delivery
 where source = $1 and superseded_by is null
 group by dataset;
