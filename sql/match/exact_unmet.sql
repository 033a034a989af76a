-- Step 1, where fewer lines met an event than there are: lines whose request no event has.
-- $1 period: text, $2 delivery_id: bigint[], $3 own_delivery_id: bigint[], $4 periods: text[], $9 unrated: text[]   null: none
create unlogged table scratch.exact_unmet as
select l.match_key as request_id, a.provider, count(*) as lines, bit_or(a.bit) as mask
  from provider.line_fact l
  join exact_kind a on a.line_kind = l.kind_no
 where l.delivery_id = any ($2) and l.period = any ($4) and l.cost is not null and ($9 is null or l.kind_no || ' ' || l.period <> all ($9))
   and not exists (select from recon.event_key c
                     join recon.event_kind e on e.kind_no = c.cell_no & 4294967295
                    where c.request_id = l.match_key and e.provider = a.provider)
 group by l.match_key, a.provider;

analyze scratch.exact_unmet;

insert into exact_repeat
select request_id, provider, null from scratch.exact_unmet where lines > recon.bits(mask);

insert into recon.exact_orphan
select $1, l.file_id, l.attribute_no, ref.utc_date(l.usage_start), count(*), sum(l.cost) * coalesce(a.usd_rate, 1)
  from scratch.exact_unmet u
  join provider.line_fact l on l.match_key = u.request_id
  join exact_kind a on a.line_kind = l.kind_no and a.provider = u.provider
 where l.delivery_id = any ($3) and l.period = $1 and l.cost is not null and ($9 is null or l.kind_no || ' ' || l.period <> all ($9))
 group by l.file_id, l.attribute_no, ref.utc_date(l.usage_start), a.usd_rate;
