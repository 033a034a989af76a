-- Which state of an address was loaded last.
-- $1 source: text, $2 origin: text
select version from ops.file where source = $1 and origin = $2 order by file_id desc limit 1;
