-- A file's lines against the totals that came with it: rows and cost, as text; null where they agree or nothing is said.
-- $1 file_id: bigint, $2 rows: bigint, $3 cost: numeric
select case when $2 <> t.lines then format('%s rows, but its control file says %s', t.lines, $2)
            when $3 <> t.cost then format('a cost of %s, but its control file says %s', trim_scale(t.cost), trim_scale($3)) end
  from (select count(*) as lines, coalesce(sum(cost), 0) as cost from provider.line_fact where file_id = $1) t;
