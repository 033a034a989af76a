-- Kinds of lines that came for the first time.
-- $1 kind_no: bigint[], $2 provider: text[], $3 charge_type: text[], $4 usage_class: text[], $5 currency: text[]
-- $6 has_request_id: text[]
insert into provider.line_kind
select kind_no, provider, charge_type, usage_class, currency, has_request_id::boolean
  from unnest($1, $2, $3, $4, $5, $6) as k (kind_no, provider, charge_type, usage_class, currency, has_request_id);
