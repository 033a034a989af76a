-- The digest of prices and aliases in force, to which the roll-up's ratings must belong.
select coalesce((select price_digest from ops.refdata order by refdata_id desc limit 1), '');
