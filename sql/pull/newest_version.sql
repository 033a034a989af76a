-- The greatest version among what was loaded from an address.
-- $1 source: text, $2 origin: text
select max(version collate "C") from ops.file where source = $1 and origin = $2;
