-- Which migrations the database has.
-- Result: number, name, SHA-256 of its text.
select number, name, sha256 from ops.migration order by number;
