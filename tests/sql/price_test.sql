-- The order in which the price of a usage class is looked for: the event's version with its tier, with standard, its
-- snapshot, the book with its tier, with standard.
\set QUIET on
\set ON_ERROR_STOP on
begin;
create extension if not exists pgtap;
select plan(34);

insert into ref.price (billing_rule_version, provider, model, usage_class, service_tier, above_input_tokens, per_units, price_usd,
                       unit_price_usd, valid_from, valid_to, origin)
select version, 'acme', model, class, tier, above, 1, price, price, coalesce(valid_from::date, '-infinity'), coalesce(valid_to::date, 'infinity'), 'refdata'
  from (values
	('v1', 'm', 'input', 'standard', 0, 10, '2026-01-01', '2026-07-01'),
	('v1', 'm', 'input', 'standard', 0, 11, '2026-07-01', null),
	('v1', 'm', 'input', 'standard', 1000, 20, '2026-07-01', null),
	('v1', 'm', 'input', 'standard', 2000, 30, '2026-07-01', null),
	('v1', 'm', 'input', 'batch', 0, 5, '2026-07-01', null),
	('v1', 'm', 'output', 'standard', 0, 40, null, '2026-03-01'),
	('v1', 'm', 'output', 'standard', 0, 41, '2026-03-01', '2026-05-01'),
	('v1', 'm', 'output', 'standard', 500, 42, '2026-03-01', '2026-05-01'),
	('v1', 'm', 'output', 'flex', 0, 43, '2026-06-01', '2026-06-02'),
	('v2', 'm', 'input', 'standard', 0, 12, '2026-08-01', null),
	('v3', 'm', 'input', 'standard', 0, 13, '2026-08-01', null),
	('v2', 'm', 'input', 'batch', 0, 6, '2026-02-01', null),
	('v2', 'm', 'cache_read', 'standard', 0, 1, '2026-09-01', '2026-10-01'),
	('v9', 'gap', 'input', 'standard', 0, 7, '2026-09-01', null)) as t (version, model, class, tier, above, price, valid_from, valid_to);

select is(recon.price_of('acme', 'm', tier, version, unit_price, day::date, tokens, class), wanted::numeric, what)
  from (values
	('its version, in force', 'standard', 'v1', null::jsonb, '2026-10-05', 500, 'input', 11),
	('the first day of a range', 'standard', 'v1', null, '2026-07-01', 0, 'input', 11),
	('the day before', 'standard', 'v1', null, '2026-06-30', 0, 'input', 10),
	('at a band''s limit the lower one', 'standard', 'v1', null, '2026-10-05', 1000, 'input', 11),
	('above it the band', 'standard', 'v1', null, '2026-10-05', 1001, 'input', 20),
	('the highest band below the count', 'standard', 'v1', null, '2026-10-05', 900000, 'input', 30),
	('a band that was not yet in force', 'standard', 'v1', null, '2026-06-30', 900000, 'input', 10),
	('no count is in no band', 'standard', 'v1', null, '2026-10-05', null, 'input', 11),
	('its tier before standard, though standard has a band', 'batch', 'v1', null, '2026-10-05', 900000, 'input', 5),
	('standard of its version before the book''s tier', 'batch', 'v1', null, '2026-06-30', 0, 'input', 10),
	('a tier that nobody prices', 'priority', 'v1', null, '2026-10-05', 0, 'input', 11),
	('expired: the version''s latest earlier row', 'standard', 'v1', null, '2026-10-05', 100, 'output', 41),
	('expired: of the latest the highest band', 'standard', 'v1', null, '2026-10-05', 501, 'output', 42),
	('expired in its own tier before standard', 'flex', 'v1', null, '2026-10-05', 501, 'output', 43),
	('its own tier begins later: standard', 'flex', 'v1', null, '2026-05-31', 100, 'output', 41),
	('a row without a beginning', 'standard', 'v1', null, '2020-01-01', 100, 'output', 40),
	('the version before the snapshot', 'standard', 'v1', '{"input_per_million": 3}', '2026-10-05', 0, 'input', 11),
	('before the version began: the snapshot', 'standard', 'v1', '{"input_per_million": 3}', '2025-12-31', 0, 'input', 0.000003),
	('a version without this class: the snapshot', 'standard', 'v1', '{"cached_input_per_million": "0.30"}', '2026-10-05', 0, 'cache_read', 0.0000003),
	('an unknown version: the snapshot', 'standard', 'v7', '{"output_per_million": 1.5e1, "currency": "USD"}', '2026-10-05', 0, 'output', 0.000015),
	('5-minute writes', 'standard', '', '{"cache_write_per_million": 3.75}', '2026-10-05', 0, 'cache_write_5m', 0.00000375),
	('1-hour writes', 'standard', '', '{"cache_write_1h_per_million": 6}', '2026-10-05', 0, 'cache_write_1h', 0.000006),
	('a snapshot of 0 is a price', 'standard', '', '{"input_per_million": 0}', '2026-10-05', 0, 'input', 0),
	('a snapshot in another currency does not count', 'standard', '', '{"input_per_million": 3, "currency": "EUR"}', '2026-10-05', 0, 'input', 12),
	('nor does one that is no number', 'standard', '', '{"input_per_million": "free"}', '2026-10-05', 0, 'input', 12),
	('a snapshot without this class: the book', 'standard', '', '{"output_per_million": 3}', '2026-10-05', 0, 'input', 12),
	('the book: latest beginning, then the smallest version', 'standard', '', null, '2026-10-05', 0, 'input', 12),
	('the book: a later row without band before an earlier one with', 'standard', '', null, '2026-10-05', 900000, 'input', 12),
	('the book''s own tier first, the latest of it', 'batch', '', null, '2026-10-05', 0, 'input', 5),
	('the book has no rows that expired', 'standard', '', null, '2026-10-05', 0, 'cache_read', null),
	('but had them in their time', 'standard', '', null, '2026-09-30', 0, 'cache_read', 1),
	('no price at all', 'standard', 'v1', null, '2026-10-05', 0, 'cache_write_1h', null)
       ) as t (what, tier, version, unit_price, day, tokens, class, wanted);
select is(recon.price_of('other', 'm', 'standard', 'v1', null, '2026-10-05', 0, 'input'), null, 'another provider''s model');
select is(recon.price_of('acme', 'gap', 'standard', 'v1', null, '2026-10-05', 0, 'input'), 7::numeric,
          'a version that has not this model: the book');

select * from finish();
rollback;
