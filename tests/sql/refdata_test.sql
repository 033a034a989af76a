-- Reference data: staged rows become tables with exact prices, and digests tell content from form.
-- pg_prove runs it from the project's root against a migrated database; it leaves nothing behind.
\set QUIET on
\set ON_ERROR_STOP on
begin;
create extension if not exists pgtap;
select plan(17);

\i sql/refdata/stage.sql
\set text `cat sql/refdata/check_keys.sql`
prepare check_keys(bigint) as :text
\set text `cat sql/refdata/check_references.sql`
prepare check_references(bigint) as :text
\set text `cat sql/refdata/check_prices.sql`
prepare check_prices(bigint) as :text
\set text `cat sql/refdata/accept.sql`
prepare accept(jsonb, boolean) as :text
\set text `cat sql/refdata/import.sql`
prepare import(text, text) as :text

delete from ops.refdata;
delete from ref.price;
insert into staged_business_units (line, flawed, business_unit_id, valid_from, valid_to)
values (2, false, 'search', '2026-01-01', '2026-07-01'), (3, false, 'search', '2026-07-01', null);
insert into staged_teams (line, flawed, team_id, business_unit_id, valid_from)
values (2, false, 'ranking', 'search', '2026-02-01');
insert into staged_models values (2, false, 'openai', 'gpt-a-2026', 'gpt-a');
insert into staged_prices (line, flawed, billing_rule_version, provider, model, usage_class, service_tier,
                           above_input_tokens, per_units, price_usd, valid_from, valid_to)
values (2, false, 'v1', 'openai', 'gpt-a', 'input', null, null, '3', '0.9', '2026-01-01', '2026-06-01'),
       (3, false, 'v1', 'openai', 'gpt-a', 'input', 'default', '0', '7', '12345678901234567895.000000000000007',
        '2026-06-01', null);

select is_empty('execute check_keys(50)', 'ranges that meet do not overlap');
update staged_prices set valid_to = '2026-06-02' where line = 2;
select results_eq('execute check_keys(50)',
	$$values ('prices.csv', 3::bigint,
	          'the price of openai gpt-a, input, tier standard, in version "v1" is in force twice: '
	          '2026-06-01 to forever here, 2026-01-01 to 2026-06-02 on line 2',
	          'valid_to is exclusive: end a row on the day on which the next one begins', 1::bigint)$$,
	'ranges that share a day do, whatever the tier is called');
update staged_prices set valid_to = '2026-06-01' where line = 2;

select is_empty('execute check_references(50)', 'two rows of a business unit cover a team together');
update staged_teams set valid_from = '2025-12-31';
select results_eq('execute check_references(50)',
	$$values ('teams.csv', 2::bigint,
	          'team "ranking" is in force when its business unit "search" is not: 2025-12-31 to 2026-01-01',
	          'end the team with its business unit, and give it another one from then on', 1::bigint)$$,
	'a day without a business unit is found');
update staged_teams set flawed = true;
select is_empty('execute check_references(50)', 'a row with an unreadable field is not checked further');
update staged_teams set flawed = false, valid_from = '2026-02-01';

select results_eq('execute check_prices(50)',
	$$values ('prices.csv', 3::bigint,
	          '12345678901234567895.000000000000007 USD for 7 units is no finite decimal for one unit',
	          'per_units is usually 1, 1000 or 1000000', 1::bigint)$$,
	'a quotient that does not terminate is refused');
update staged_prices set price_usd = '12345678901234567896.000000000000007' where line = 3;
select is_empty('execute check_prices(50)', 'one that does is not, however long');

\i sql/refdata/load.sql
select results_eq('select unit_price_usd::text from ref.price order by valid_from',
	$$values ('0.3'), ('1763668414462081128.000000000000001')$$, 'unit prices are exact');
select is((select name from ref.team), 'ranking', 'a team without a name is called by its id');

create temporary table first_accepted as execute accept('{"teams.csv": "a"}', false);
select is((select (refdata_id, is_new) from first_accepted), (1::bigint, true), 'content gets a number');
\i sql/refdata/load.sql
create temporary table second_accepted as execute accept('{"teams.csv": "another form"}', false);
select is((select (refdata_id, digest, is_new) from second_accepted),
          (select (refdata_id, digest, false) from first_accepted), 'the same content does not get another one');
select is((select price_digest <> digest and price_digest ~ '^[0-9a-f]{64}$' from ops.refdata), true,
          'prices have a digest of their own');

-- A price book under three names of one model.
truncate staged_prices;
insert into staged_prices (line, flawed, billing_rule_version, provider, model, usage_class, per_units, price_usd)
values (1, false, 'book', 'openai', 'gpt-a-2026', 'input', '1', '0.000002'),
       (2, false, 'book', 'openai', 'gpt-a', 'input', '1000000', '3'),
       (3, false, 'book', 'openai', 'gpt-a-2026', 'output', '1', '0.000009');
select results_eq($$execute import('book', 'litellm')$$, 'values (2::bigint, 1::bigint)',
	'a book''s aliases are stored as the canonical model; a second price of it is counted');
select results_eq($$select model, usage_class, unit_price_usd from ref.price where origin = 'litellm' order by usage_class$$,
	$$values ('gpt-a', 'input', 0.000003), ('gpt-a', 'output', 0.000009)$$, 'the canonical name counts first');
create temporary table third_accepted as execute accept('{"import:book": "b"}', true);
select is((select (refdata_id, is_new) from third_accepted), (2::bigint, true), 'an import is new content');
select is((select files from ops.refdata where refdata_id = 2), '{"teams.csv": "a", "import:book": "b"}'::jsonb,
	'and is known beside the files');

-- Loading the files again leaves the import alone.
truncate staged_prices;
\i sql/refdata/load.sql
select is((select count(*) from ref.price), 2::bigint, 'imported prices survive');

select * from finish();
rollback;
