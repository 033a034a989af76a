-- The files that the packet's lines stand in, and where they lay; leaves the lines that lines.csv has.
-- $6 rows: bigint
create temporary table packet_shown on commit drop as
select file_id, line_no from packet_lines order by abs(cost_usd) desc nulls last, file collate "C", digest, line_no, attribute_no limit $6;

create index on packet_shown (file_id, line_no);

select p.file, f.digest, f.bytes::text as bytes, f.source, f.format, count(*)::text as lines, f.file_id::text as file_id, f.path
  from packet_lines p join ops.file f on f.file_id = p.file_id
 group by p.file, f.file_id, f.digest, f.bytes, f.source, f.format, f.path
 order by p.file collate "C", f.digest, f.path collate "C";
