-- What a month is rated again from: what a posted one was booked from, else what its result rests on; and whether there is such a
-- billing rule version. One row.
-- $1 period: text, $2 version: text
select i.as_of, i.options, i.last_delivery_id, i.last_file_id, i.events, i.refdata_id,
       exists (select from ref.price p where p.billing_rule_version = $2) as is_known
  from (select coalesce(p.as_of, r.as_of) as as_of, coalesce(p.options, r.options) as options, coalesce(p.last_delivery_id, r.last_delivery_id) as last_delivery_id,
               coalesce(p.last_file_id, r.last_file_id) as last_file_id, coalesce(p.events, r.events) as events, coalesce(p.refdata_id, r.refdata_id) as refdata_id
          from recon.result_input r
          left join ledger.pinned_input p on p.period = r.period and p.entry_no = (ledger.latest_freeze(r.period)).entry_no
           and ledger.period_state(r.period) = 'posted'
         where r.period = $1) i;
