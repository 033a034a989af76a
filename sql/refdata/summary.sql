-- $1 day: date   on which rows are in force
-- The reference data in force as one JSON object: its number and digests, the files it came from, and how many rows
-- each table has.
with counted as (
	select 1 as place, 'business_units' as name, count(*) as rows,
	       count(*) filter (where ref.in_force(valid_from, valid_to, $1)) as in_force from ref.business_unit
	union all select 2, 'teams', count(*), count(*) filter (where ref.in_force(valid_from, valid_to, $1)) from ref.team
	union all select 3, 'services', count(*), count(*) filter (where ref.in_force(valid_from, valid_to, $1)) from ref.service
	union all select 4, 'models', count(*), count(*) from ref.model_alias
	union all select 5, 'prices', count(*), count(*) filter (where ref.in_force(valid_from, valid_to, $1)) from ref.price
	union all select 6, 'owners', count(*), count(*) filter (where ref.in_force(valid_from, valid_to, $1)) from ref.owner
	union all select 7, 'allocations', count(*), count(*) from ref.allocation
	union all select 8, 'accounts', count(*), count(*) from ref.account
	union all select 9, 'budgets', count(*), count(*) from ref.budget
	union all select 10, 'fx', count(*), count(*) from ref.fx
	union all select 11, 'chargeback', count(*), count(*) filter (where ref.in_force(valid_from, valid_to, $1)) from ref.chargeback
	union all select 12, 'reallocations', count(*), count(*) filter (where ref.in_force(valid_from, valid_to, $1)) from ref.reallocation
), versions as (
	select billing_rule_version, origin, count(*) as rows from ref.price group by billing_rule_version, origin
), newest as (
	select * from ops.refdata order by refdata_id desc limit 1
)
select json_build_object(
	'refdata_id', (select refdata_id from newest),
	'digest', (select digest from newest),
	'price_digest', (select price_digest from newest),
	'applied_at', (select to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') from newest),
	'day', $1,
	'tables', (select json_agg(json_build_object('name', name, 'rows', rows, 'in_force', in_force) order by place)
	             from counted),
	'price_versions', (select coalesce(json_agg(json_build_object('billing_rule_version', billing_rule_version,
	                                                              'origin', origin, 'rows', rows)
	                                            order by billing_rule_version collate "C"), '[]')
	                     from versions),
	'files', coalesce((select files from newest), '{}'))::text;
