-- $1 files: jsonb   file name → SHA-256 of what was just loaded
-- $2 imported: boolean   files is a price book, to be added to those known; else it replaces all but the price books
-- Gives the reference data as it now stands a number, unless the newest number stands for the same content.
-- Rows are digested as JSON in key order, so that neither the files' order of rows nor their form counts.
-- Result: refdata_id in force, digest, whether it is new.
with digested as (
	select content, encode(sha256(convert_to(content, 'UTF8')), 'hex') as digest, encode(sha256(convert_to(prices, 'UTF8')), 'hex') as price_digest
	  from (select coalesce(string_agg(name || ' ' || line, E'\n' order by name collate "C", line collate "C"), '') as content,
	               coalesce(string_agg(name || ' ' || line, E'\n' order by name collate "C", line collate "C")
	                        filter (where name in ('models', 'prices')), '') as prices
	          from ref.content) c
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
	insert into ops.refdata (refdata_id, digest, price_digest, files, content)
	select coalesce((select refdata_id from newest), 0) + 1, d.digest, d.price_digest, k.files || $1::jsonb, d.content
	  from digested d, known k
	 where d.digest is distinct from (select digest from newest)
	returning refdata_id, digest
)
select refdata_id, digest, true as is_new from accepted
union all
select refdata_id, digest, false from newest where not exists (select from accepted);
