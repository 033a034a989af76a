-- Kinds of lines that came for the first time, and stayed: those of files that were rejected have no attributes any more.
-- $1 kind_no: bigint[], $2 provider: text[], $3 charge_type: text[], $4 usage_class: text[], $5 currency: text[]
-- $6 has_request_id: text[], $7 file_id: bigint[]
insert into provider.line_kind
select kind_no, provider, charge_type, usage_class, currency, has_request_id::boolean
  from unnest($1, $2, $3, $4, $5, $6) as k (kind_no, provider, charge_type, usage_class, currency, has_request_id)
 where exists (select from provider.line_attribute a
                where a.file_id = any ($7) and a.provider = k.provider and a.charge_type = k.charge_type and coalesce(a.usage_class, '') = k.usage_class
                  and a.currency = k.currency and a.has_request_id = k.has_request_id::boolean);
