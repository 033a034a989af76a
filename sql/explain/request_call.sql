-- What was called, where, and where the record comes from. One row.
select e.service, e.provider, e.model, nullif(e.model_as_named, e.model) as model_as_named, e.region, e.account_id, e.service_tier,
       e.api_key_id, e.resource_id, to_char(e."timestamp" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as "timestamp", e.period, e.status,
       e.input_tokens::text as input_tokens, e.cache_read_input_tokens::text as cache_read_input_tokens,
       e.cache_write_input_tokens::text as cache_write_input_tokens,
       e.cache_write_1h_input_tokens::text as cache_write_1h_input_tokens, g.output_tokens::text as output_tokens,
       case when e.file_id = 0 then 'written to the database by the gateway' else f.path end as source_file,
       case when e.file_id <> 0 then e.row_no::text end as source_line, f.digest as source_digest, g.attributes::text as attributes
  from seen_request e
  join gateway.event g on g.request_id = e.request_id and g.provider = e.provider and g.file_id = e.file_id and g.row_no = e.row_no
  left join ops.file f on f.file_id = e.file_id;
