-- The lines of one file that lines.csv has, ascending. After packet/files.
-- $1 file_id: bigint
select distinct line_no from packet_shown where file_id = $1 order by line_no;
