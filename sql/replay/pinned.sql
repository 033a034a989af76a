-- What posted months are computed anew from: each from what its own freeze pinned, and as later freezes saw it that pinned
-- corrections of it. In order of the ledger.
-- $1 period: text   null: all
select s.entry_no, s.period = coalesce(i.period, s.period) as is_own, coalesce(i.period, s.period) as period, i.as_of, i.options, i.last_delivery_id,
       i.last_file_id, i.events, i.refdata_id,
       case when i.period is null then 'its freeze pinned no inputs: it cannot be computed anew'
            when r.refdata_id is null and i.refdata_id <> 0 then format('reference data %s is gone', i.refdata_id)
            when r.digest <> encode(sha256(convert_to(r.content, 'UTF8')), 'hex') or s.period = i.period and s.refdata_digest <> coalesce(r.digest, '')
            then format('reference data %s is not what was pinned', i.refdata_id) end as problem, coalesce(i.version, '') as version,
       (i.event_digest, i.price_digest) is not distinct from (n.event_digest, n.price_digest) as events_stand
  from ledger.period_step s
  left join ledger.pinned_input i using (entry_no)
  left join lateral recon.inputs_now(i.period) n on i.period is not null
  left join ops.refdata r on r.refdata_id = i.refdata_id
 where ledger.period_state(s.period) = 'posted' and s.entry_no = (ledger.latest_freeze(s.period)).entry_no
   and ($1 is null or $1 in (s.period, i.period))
 order by s.entry_no, s.period = i.period desc, i.period;
