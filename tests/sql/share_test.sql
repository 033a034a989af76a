-- match/share.sql on known and on many generated pools. What it gives is checked by what sharing must keep, in exact
-- multiplications: it is not calculated a second time in the same way.
\set QUIET on
\set ON_ERROR_STOP on
begin;
create extension if not exists pgtap;
select plan(17);
create temporary table share_in (pool bigint not null, cell bigint not null, amount numeric not null, weight numeric not null);
create temporary table share_out (pool bigint not null, cell bigint not null, amount numeric not null);

create temporary table known (pool bigint primary key, what text, amount numeric, weights numeric[], wanted numeric[]);
insert into known values
	(1, 'thirds: the first gets the unit that is left', 1, '{1,1,1}', '{0.333333333334,0.333333333333,0.333333333333}'),
	(2, 'a negative amount is the mirror', -1, '{1,1,1}', '{-0.333333333334,-0.333333333333,-0.333333333333}'),
	(3, 'the largest remainder goes first', 0.000000000010, '{1,2,4}', '{0.000000000001,0.000000000003,0.000000000006}'),
	(4, 'what is below the 12th decimal stays with the first', 0.0000000000035, '{1,1,1}', '{0.0000000000015,0.000000000001,0.000000000001}'),
	(5, 'even all of it', 0.0000000000009, '{0,1}', '{0.0000000000009,0}'),
	(6, 'a cell without weight gets nothing', 10, '{0,3,1}', '{0,7.5,2.5}'),
	(7, 'one cell takes all', -12.3456789012345, '{7}', '{-12.3456789012345}'),
	(8, 'weights of both signs', 10, '{3,-1}', '{15,-5}'),
	(9, 'a negative sum of weights', 10, '{-3,1}', '{15,-5}'),
	(10, 'negative weights round down too', 0.000000000001, '{-1,4}', '{0,0.000000000001}'),
	(11, 'nothing to share', 0, '{1,2}', '{0,0}'),
	(12, 'weights with decimals', 1, '{0.1,0.2}', '{0.333333333333,0.666666666667}');
insert into share_in select pool, cell, amount, weight from known, unnest(weights) with ordinality as w (weight, cell);
\i sql/match/share.sql
select results_eq(format('select amount from share_out where pool = %s order by cell', pool), format('select unnest(%L::numeric[])', wanted), what)
  from known order by pool;

-- 2 000 pools of up to 40 cells: amounts of every size and sign, weights of one or of both signs, equal ones, zeros.
create function pg_temp.digits(seed text, count int) returns numeric language sql immutable
return ('x' || substr(md5(seed), 1, count))::bit(60)::bigint >> (60 - 4 * count);
truncate share_in;
insert into share_in
select pool, cell, amount, weight
  from (select pool, cell,
               case when pool % 2 = 0 then -1 else 1 end * pg_temp.digits('a' || pool, 1 + pool % 14) * 10::numeric ^ (-(pool % 17)) as amount,
               case pool % 5
                 when 0 then 1
                 when 1 then pg_temp.digits(pool || '/' || cell, 3)
                 when 2 then pg_temp.digits(pool || '/' || cell, 12) * 0.000001
                 when 3 then pg_temp.digits(pool || '/' || cell, 8) - 1000000000
                 else pg_temp.digits(pool || '/' || cell, 1) - 4 end as weight
          from generate_series(1, 2000) pool, generate_series(1, 1 + pool % 40) cell) p;
delete from share_in where pool in (select pool from share_in group by pool having sum(weight) = 0);
\i sql/match/share.sql

-- Units of 10^-12 without sign and without what is below them; weights with a positive sum.
create temporary table shared as
select i.pool, i.cell, i.amount, o.amount as share, t.total * t.sign as total, i.weight * t.sign as weight, i.cell = t.first_cell as first,
       trunc(abs(i.amount) * 1000000000000) as pool_units,
       (o.amount * case when i.amount < 0 then -1 else 1 end
        - case when i.cell = t.first_cell then abs(i.amount) - trunc(abs(i.amount), 12) else 0 end) * 1000000000000 as units
  from share_in i
  join share_out o using (pool, cell)
  join (select pool, sum(weight) as total, sign(sum(weight)) as sign, min(cell) as first_cell from share_in group by pool) t using (pool);

select ok(count(distinct pool) > 1500 and count(*) = (select count(*) from share_in), 'every cell has its share') from shared;
select is_empty('select pool from shared group by pool, amount having sum(share) <> amount', 'shares add up to the amount');
select is_empty('select * from shared where units <> trunc(units)', 'shares have 12 decimals, but for the first''s rest');
select is_empty('select * from shared where abs(units * total - pool_units * weight) >= total', 'each is less than a unit off');
-- A cell is up when it has more than its part. Whoever is up has a larger remainder than whoever is down, or comes first.
select is_empty($$
	select * from (select *, units * total > pool_units * weight as up,
	                      case when units * total > pool_units * weight then pool_units * weight - (units - 1) * total
	                           else pool_units * weight - units * total end as remainder from shared) a
	  join (select *, pool_units * weight - units * total as remainder from shared where units * total < pool_units * weight) b using (pool)
	 where a.up and (a.remainder < b.remainder or (a.remainder = b.remainder and a.cell > b.cell))$$,
	'largest remainders first, ties in key order');

select * from finish();
rollback;
