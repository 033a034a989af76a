-- The one form of tiers, environments, months and amounts, whatever the session's time zone is.
\set QUIET on
\set ON_ERROR_STOP on
begin;
create extension if not exists pgtap;
select plan(59);
set local timezone = 'Pacific/Kiritimati'; -- UTC+14

select is(ref.tier(given, batch), wanted, format('tier %L, batch %L', given, batch))
  from (values (null, null, 'standard'), ('', false, 'standard'), ('default', false, 'standard'), ('Auto', false, 'standard'),
               ('on_demand', false, 'standard'), ('standard', false, 'standard'), ('STANDARD', false, 'standard'),
               ('flex', false, 'flex'), ('Priority', false, 'priority'), ('batch', false, 'batch'), ('flex', true, 'batch'),
               (null, true, 'batch'), ('odd', null, 'odd')) as t (given, batch, wanted);
select is(ref.tier('flex'), 'flex', 'the batch flag may be left out');

select is(ref.environment(given), wanted, format('environment %L', given))
  from (values (null, ''), ('', ''), ('Production', 'prod'), ('prod', 'prod'), ('development', 'dev'), ('stage', 'staging'),
               ('staging', 'staging'), ('evaluation', 'eval'), ('QA', 'qa')) as t (given, wanted);

select is(ref.period_of(at::timestamptz), wanted, 'month of ' || at)
  from (values ('2026-10-01T00:00:00Z', '2026-10'), ('2026-09-30T23:59:59.999999Z', '2026-09'),
               ('2026-12-31T23:59:59.999999Z', '2026-12'), ('2027-01-01T00:00:00Z', '2027-01'),
               ('2028-02-29T23:59:59.999999Z', '2028-02'), ('2028-03-01T00:00:00Z', '2028-03'),
               ('2026-11-01T00:30:00+01:00', '2026-10'), ('2026-10-31T23:30:00-01:00', '2026-11')) as t (at, wanted);
select is(ref.utc_date(at::timestamptz), wanted::date, 'day of ' || at)
  from (values ('2026-12-31T23:59:59.999999Z', '2026-12-31'), ('2027-01-01T00:00:00Z', '2027-01-01'),
               ('2028-02-29T23:59:59Z', '2028-02-29'), ('2026-11-01T00:30:00+01:00', '2026-10-31')) as t (at, wanted);
select is((ref.period_start(period), ref.period_end(period)), (starts::timestamptz, ends::timestamptz), 'start and end of ' || period)
  from (values ('2026-10', '2026-10-01T00:00:00Z', '2026-11-01T00:00:00Z'), ('2026-12', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'),
               ('2028-02', '2028-02-01T00:00:00Z', '2028-03-01T00:00:00Z'), ('2027-02', '2027-02-01T00:00:00Z', '2027-03-01T00:00:00Z'))
       as t (period, starts, ends);
select is((select count(*) from generate_series('2020-01-01Z'::timestamptz, '2032-12-31Z', '11 hours') at
            where at < ref.period_start(ref.period_of(at)) or at >= ref.period_end(ref.period_of(at))),
          0::bigint, 'every time lies in its month');

select is(ref.amount_text(amount), wanted, format('%s as text', amount))
  from (values (0, '0.00'), (1, '1.00'), (-1.5, '-1.50'), (1.230000, '1.23'), (0.000000000001, '0.000000000001'),
               (-0.10, '-0.10'), (1200, '1200.00'), (123456789012345678901234567890.123456789012345678901234567890123456::numeric,
                '123456789012345678901234567890.123456789012345678901234567890123456')) as t (amount, wanted);
select is(ref.amount_screen(amount), wanted, format('%s on a screen', amount))
  from (values (0, '0.00'), (1234567.895, '1,234,567.90'), (-1234.5, '-1,234.50'), (-0.004, '0.00'), (0.005, '0.01'),
               (-0.005, '-0.01'), (999999999999999999.99, '999,999,999,999,999,999.99')) as t (amount, wanted);
select is(ref.amount_as(1234.5678, 'screen'), '1,234.57', 'in the style of a screen');
select is(ref.amount_as(1234.5678, 'exact'), '1234.5678', 'in the style of a file');
select is((ref.in_force('2026-01-01', '2026-02-01', '2026-01-01'), ref.in_force('2026-01-01', '2026-02-01', '2026-02-01')),
          (true, false), 'a range has its first day and lacks its last');
select is((ref.in_force('-infinity', 'infinity', '1970-01-01'), ref.in_force('2026-01-01', 'infinity', '2025-12-31')),
          (true, false), 'a range may be open');

select * from finish();
rollback;
