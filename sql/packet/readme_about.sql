-- What the packet is, for somebody who has not seen one.
-- $1 id: text, $3 period: text, $9 as_of: timestamptz
select text
  from (select 1 as place, format('This folder is the evidence for what providers of language models billed for %s, and who bears it. It stands alone: what is said below can be recomputed from the files beside it.', $3) as text
        union all
        select 2, format('It was made by closebook as of %s. The month is %s; the figures are those of result %s, computed as of %s.',
                         to_char($9 at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'), ledger.period_state($3), left(r.result_id, 16),
                         to_char(r.as_of at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'))
          from recon.result r where r.period = $3
        union all
        select 3, case when $1 = $3 then 'It covers the whole month.'
                       else format('It is about %s: dispute.txt explains that, dispute.json is the same for programs. The other files hold what it rests on.', $1) end
        union all
        select 4, 'Amounts are in USD and exact, unless they are said to be in cents. Times are UTC. Whoever the bill does not name and nobody owns is charged to "unattributed", which is booked to the suspense account.'
        union all
        select 5, format('The reference data in force has the digest %s%s', left(coalesce(s.refdata_digest, f.digest), 16),
                         case when s.refdata_digest <> f.digest
                              then case when exists (select from packet_rule where is_frozen)
                                        then format('; the folder rules/ has it as the month was frozen with it, other was applied since (%s).', left(f.digest, 16))
                                        else format('; since the month was frozen other reference data was applied (%s), and the folder rules/ holds that: compare it before relying on names and owners.', left(f.digest, 16)) end
                              else '.' end)
          from (select digest from ops.refdata order by refdata_id desc limit 1) f
          left join (select refdata_digest from ledger.period_step p where p.period = $3 and p.step = 'freeze' and ledger.period_state($3) <> 'open'
                      order by entry_no desc limit 1) s on true) t
 order by place;
