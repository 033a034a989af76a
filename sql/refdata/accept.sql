-- $1 files: jsonb   file name → SHA-256 of what was just loaded
-- $2 imported: boolean   files is a price book, to be added to those known; else it replaces all but the price books
-- Gives the reference data as it now stands a number, unless the newest number stands for the same content.
-- Rows are digested as JSON in key order, so that neither the files' order of rows nor their form counts.
-- Result: refdata_id in force, digest, whether it is new.
with content as (
	select 'business_units' as name, to_jsonb(r)::text as line from ref.business_unit r
	union all select 'teams', to_jsonb(r)::text from ref.team r
	union all select 'services', to_jsonb(r)::text from ref.service r
	union all select 'models', to_jsonb(r)::text from ref.model_alias r
	union all select 'prices', to_jsonb(r)::text from ref.price r
	union all select 'owners', to_jsonb(r)::text from ref.owner r
	union all select 'allocations', to_jsonb(r)::text from ref.allocation r
	union all select 'accounts', to_jsonb(r)::text from ref.account r
	union all select 'budgets', to_jsonb(r)::text from ref.budget r
	union all select 'fx', to_jsonb(r)::text from ref.fx r
	union all select 'chargeback', to_jsonb(r)::text from ref.chargeback r
	union all select 'reallocations', to_jsonb(r)::text from ref.reallocation r
), digested as (
	select encode(sha256(convert_to(coalesce(string_agg(name || ' ' || line, E'\n' order by name collate "C", line collate "C"),
	                                         ''), 'UTF8')), 'hex') as digest,
	       encode(sha256(convert_to(coalesce(string_agg(name || ' ' || line, E'\n' order by name collate "C", line collate "C")
	                                         filter (where name in ('models', 'prices')), ''), 'UTF8')), 'hex') as price_digest
	  from content
), newest as (
	select refdata_id, digest, files from ops.refdata order by refdata_id desc limit 1
), known as (
	-- Of the files known before, an apply keeps the imported price books, an import keeps them all.
	select coalesce(jsonb_object_agg(key, value), '{}') as files
	  from newest n, jsonb_each(n.files)
	 where $2 or (key like 'import:%'
	              and exists (select from ref.price p
	                           where p.origin <> 'refdata' and p.billing_rule_version = substr(key, length('import:') + 1)))
), accepted as (
	insert into ops.refdata (refdata_id, digest, price_digest, files)
	select coalesce((select refdata_id from newest), 0) + 1, d.digest, d.price_digest, k.files || $1::jsonb
	  from digested d, known k
	 where d.digest is distinct from (select digest from newest)
	returning refdata_id, digest
)
select refdata_id, digest, true as is_new from accepted
union all
select refdata_id, digest, false from newest where not exists (select from accepted);
