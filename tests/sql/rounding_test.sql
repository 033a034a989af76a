-- Rounding with ties to even, of numbers and of exact ratios.
\set QUIET on
\set ON_ERROR_STOP on
begin;
create extension if not exists pgtap;
select plan(34);

select is(recon.round_half_even(x, places), wanted, format('%s to %s places', x, places))
  from (values (0.5, 0, 0), (1.5, 0, 2), (2.5, 0, 2), (-0.5, 0, 0), (-1.5, 0, -2), (-2.5, 0, -2), (2.500000001, 0, 3), (2.4999999, 0, 2),
               (0.0000000000005, 12, 0), (0.0000000000015, 12, 0.000000000002), (-0.0000000000025, 12, -0.000000000002),
               (1.00000000000050000001, 12, 1.000000000001), (7, 12, 7), (0, 12, 0),
               (123456789012345678901234567890.0000000000025, 12, 123456789012345678901234567890.000000000002))
       as t (x, places, wanted);
select is(recon.ratio_half_even(numerator, denominator, places), wanted, format('%s / %s to %s places', numerator, denominator, places))
  from (values (1, 3, 12, 0.333333333333), (2, 3, 12, 0.666666666667), (-2, 3, 12, -0.666666666667), (5, 2, 0, 2), (7, 2, 0, 4),
               (-5, 2, 0, -2), (-7, 2, 0, -4), (0, 7, 12, 0), (6, 3, 12, 2), (0.5, 0.2, 0, 2), (0.7, 0.2, 0, 4), (1, 1000000000000, 12, 0.000000000001),
               (1, 2000000000000, 12, 0), (3, 2000000000000, 12, 0.000000000002),
               (123456789012345678901, 7, 12, 17636684144620811271.571428571429)) as t (numerator, denominator, places, wanted);
select is((recon.ratio_half_even(null, 3, 12), recon.ratio_half_even(1, null, 12)), (null::numeric, null::numeric), 'nothing known, nothing said');

-- Numbers from digests: as wide as amounts get, the same every time.
create temporary table sample as
select (('x' || substr(md5('n' || i), 1, 15))::bit(60)::bigint * 1000000000000000000::numeric + ('x' || substr(md5('m' || i), 1, 15))::bit(60)::bigint)
       * 10::numeric ^ (-(i % 30)) * case when i % 3 = 0 then -1 else 1 end as n,
       1 + ('x' || substr(md5('d' || i), 1, 1 + i % 15))::bit(60)::bigint::numeric * 10::numeric ^ (-(i % 7)) as d
  from generate_series(1, 2000) i;
select is_empty($$
	select n, d, r from (select n, d, recon.ratio_half_even(n, d, 12) as r from sample) s
	 where abs(r * d - n) * 2 > d * 0.000000000001
	    or (abs(r * d - n) * 2 = d * 0.000000000001 and mod(r * 1000000000000, 2) <> 0)
	    or r <> trunc(r, 12)$$, 'a ratio is the nearest number of 12 decimals, the even one of two');
select is_empty($$
	select n, r from (select n, recon.round_half_even(n, 12) as r from sample) s
	 where abs(r - n) * 2 > 0.000000000001 or (abs(r - n) * 2 = 0.000000000001 and mod(r * 1000000000000, 2) <> 0) or r <> trunc(r, 12)$$,
	'so is a rounded number');
select is((select count(*) from sample where recon.ratio_half_even(n, 1, 12) <> recon.round_half_even(n, 12)), 0::bigint, 'the two agree');

select * from finish();
rollback;
