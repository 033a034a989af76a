-- Drops the lines of so many deliveries at most that were superseded long enough ago and that no close rests on. Result:
-- deliveries and lines dropped.
-- $1 as_of: timestamptz, $2 days: integer, $3 most: integer
select deliveries, lines from provider.drop_superseded($1, $2, $3);
