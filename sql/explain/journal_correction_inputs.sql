-- What the original period had been booked from, and what the correction was computed from.
select k.item, k.was, k.became
  from seen_correction x
 cross join lateral (values ('deliveries up to', x.was_delivery_id::text, x.last_delivery_id::text),
                            ('files up to', x.was_file_id::text, x.last_file_id::text),
                            ('reference data', x.was_refdata_id::text, x.refdata_id::text)) k (item, was, became);
