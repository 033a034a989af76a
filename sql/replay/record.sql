-- What the result that was just computed rests on.
-- $1 period: text, $2 as_of: timestamptz, $3 options: jsonb, $4 version: text
insert into recon.result_input
select $1, $2, $3, $4, n.* from recon.inputs_now($1) n
    on conflict (period) do update
   set as_of = excluded.as_of, options = excluded.options, version = excluded.version, last_delivery_id = excluded.last_delivery_id,
       last_file_id = excluded.last_file_id, events = excluded.events, refdata_id = excluded.refdata_id, event_digest = excluded.event_digest,
       line_digest = excluded.line_digest, price_digest = excluded.price_digest, refdata_digest = excluded.refdata_digest;
