-- Kinds of lines that came for the first time.
-- $1 kind_no: bigint[], $2 provider: text[], $3 charge_type: text[], $4 usage_class: text[], $5 currency: text[]
insert into provider.line_kind
select * from unnest($1, $2, $3, $4, $5);
