-- How far each growing file was loaded: the file, told by its beginning, and the byte after its last loaded part.
-- $1 source: text
select origin, max(version::bigint) from ops.file where source = $1 and starts_with(origin, 'tail:') group by origin;
