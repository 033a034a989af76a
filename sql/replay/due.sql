-- Posted months whose inputs have changed since they were last computed: what their booking rests on, what there is now, and in
-- what the two differ. None while a month is closing: what it pinned is not booked yet, and would be counted again. Credits are told apart where lines of that kind came, or were superseded.
select s.period, b.as_of, b.options, b.last_delivery_id, b.last_file_id, b.events, b.refdata_id, n.last_delivery_id, n.last_file_id, n.events,
       b.event_digest <> n.event_digest as events, b.line_digest <> n.line_digest as lines,
       exists (select from provider.delivery d
                 join provider.delivery_file f using (delivery_id)
                 join provider.line_attribute a on a.file_id = f.file_id and a.charge_type in ('credit', 'refund')
                where d.period = s.period and (d.delivery_id > b.last_delivery_id or d.superseded_by > b.last_delivery_id)) as credits,
       b.price_digest <> n.price_digest as prices, b.refdata_digest <> n.refdata_digest as reference_data
  from ledger.period_step s
  join recon.result_input i on i.period = s.period
 cross join lateral ledger.booked_input(s.period) b
 cross join lateral recon.inputs_now(s.period) n
 where s.step = 'post' and b.entry_no is not null and not exists (select from ledger.closing_period)
   and (i.event_digest, i.line_digest, i.price_digest, i.refdata_digest) is distinct from (n.event_digest, n.line_digest, n.price_digest, n.refdata_digest)
 order by s.period;
