-- The last object, in byte order, of those loaded from below an address.
-- $1 source: text, $2 base: text
select max(f.origin collate "C") from ops.file f where f.source = $1 and starts_with(f.origin, $2);
