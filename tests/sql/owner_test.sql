-- Who owns a line that no event explains: kinds in their order, ties by value, all of it on the line's day.
\set QUIET on
\set ON_ERROR_STOP on
begin;
create extension if not exists pgtap;
select plan(18);

insert into ref.business_unit
select id, id, '', '', '', '', null, null, valid_from::date, valid_to::date
  from (values ('bu-a', '-infinity', 'infinity'), ('bu-b', '-infinity', 'infinity'), ('bu-late', '2026-10-10', 'infinity')) as t (id, valid_from, valid_to);
insert into ref.team
select id, bu, id, '', valid_from::date, valid_to::date
  from (values ('mover', 'bu-a', '-infinity', '2026-10-16'), ('mover', 'bu-b', '2026-10-16', 'infinity'),
               ('late', 'bu-late', '-infinity', 'infinity'), ('gone', 'bu-a', '-infinity', '2026-10-01'),
               ('tagged', 'bu-a', '-infinity', 'infinity'), ('person', 'bu-a', '-infinity', 'infinity'),
               ('thing', 'bu-a', '-infinity', 'infinity'), ('key', 'bu-a', '-infinity', 'infinity'),
               ('project', 'bu-a', '-infinity', 'infinity'), ('account', 'bu-a', '-infinity', 'infinity')) as t (id, bu, valid_from, valid_to);
insert into ref.owner
select 'acme', kind, value, team, valid_from::date, valid_to::date
  from (values ('tag', 'user_team=tagged', 'tagged', '-infinity', 'infinity'),
               ('tag', 'user_team=a=b', 'person', '-infinity', 'infinity'),
               ('tag', 'user_stage=x', 'thing', '-infinity', 'infinity'),
               ('tag', 'zone=gone', 'gone', '-infinity', 'infinity'),
               ('principal', 'role/p', 'person', '-infinity', 'infinity'),
               ('resource', 'arn:r', 'thing', '-infinity', 'infinity'),
               ('api_key', 'k1', 'key', '-infinity', '2026-10-20'),
               ('api_key', 'k2', 'mover', '-infinity', 'infinity'),
               ('api_key', 'k3', 'late', '-infinity', 'infinity'),
               ('project', 'a1', 'project', '2026-10-15', 'infinity'),
               ('account', 'a1', 'account', '-infinity', 'infinity')) as t (kind, value, team, valid_from, valid_to);

select is((select team_id || '/' || business_unit_id
             from ref.owner_of(provider, day::date, tags, principal, resource, api_key, account)), wanted, what)
  from (values
	('a tag before all else', 'acme', '2026-10-20', '{"user_team": "tagged"}'::jsonb, 'role/p', 'arn:r', 'k2', 'a1', 'tagged/bu-a'),
	('of two tags the smaller value', 'acme', '2026-10-20', '{"user_team": "tagged", "user_stage": "x"}', null, null, null, null, 'thing/bu-a'),
	('a tag''s value may hold an equals sign', 'acme', '2026-10-20', '{"user_team": "a=b"}', null, null, null, null, 'person/bu-a'),
	('a tag of a team that is gone: the next kind', 'acme', '2026-10-20', '{"zone": "gone"}', 'role/p', 'arn:r', 'k2', 'a1', 'person/bu-a'),
	('a tag that nobody owns', 'acme', '2026-10-20', '{"user_team": "?"}', 'role/p', 'arn:r', 'k2', 'a1', 'person/bu-a'),
	('the principal before the resource', 'acme', '2026-10-20', null, 'role/p', 'arn:r', 'k2', 'a1', 'person/bu-a'),
	('the resource before the key', 'acme', '2026-10-20', '{}', 'role/q', 'arn:r', 'k2', 'a1', 'thing/bu-a'),
	('the key before the project', 'acme', '2026-10-19', '{}', null, null, 'k1', 'a1', 'key/bu-a'),
	('an owner that has ended', 'acme', '2026-10-20', '{}', null, null, 'k1', 'a1', 'project/bu-a'),
	('the project before the account', 'acme', '2026-10-20', '{}', null, null, null, 'a1', 'project/bu-a'),
	('before the project has an owner', 'acme', '2026-10-14', '{}', null, null, null, 'a1', 'account/bu-a'),
	('a team on the last day in its unit', 'acme', '2026-10-15', '{}', null, null, 'k2', null, 'mover/bu-a'),
	('and on the first in its next', 'acme', '2026-10-16', '{}', null, null, 'k2', null, 'mover/bu-b'),
	('a unit that does not exist yet', 'acme', '2026-10-09', '{}', null, null, 'k3', null, null),
	('and does', 'acme', '2026-10-10', '{}', null, null, 'k3', null, 'late/bu-late'),
	('another provider', 'other', '2026-10-20', '{"user_team": "tagged"}', 'role/p', 'arn:r', 'k2', 'a1', null),
	('nothing stated', 'acme', '2026-10-20', null, null, null, null, null, null),
	('empty is not a value', 'acme', '2026-10-20', '{"user_team": ""}', '', '', '', '', null)
       ) as t (what, provider, day, tags, principal, resource, api_key, account, wanted);

select * from finish();
rollback;
