-- What a month is rated again from: what its result rests on; and whether there is such a billing rule version. One row.
-- $1 period: text, $2 version: text
select i.as_of, i.options, i.last_delivery_id, i.last_file_id, i.events, i.refdata_id,
       exists (select from ref.price p where p.billing_rule_version = $2) as is_known
  from recon.result_input i where i.period = $1;
