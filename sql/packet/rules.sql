-- The reference data of the packet: what the freeze rests on, if it was kept, else as it is now. Rows in the form of ref.content.
-- $3 period: text
create temporary table packet_rule on commit drop as
with frozen as (
	select r.content
	  from ledger.period_step s
	  join ops.refdata r on r.digest = s.refdata_digest and r.content is not null
	 where s.period = $3 and s.step = 'freeze' and ledger.period_state($3) <> 'open'
	 order by s.entry_no desc, r.refdata_id desc limit 1
)
select split_part(l, ' ', 1) as name, substr(l, strpos(l, ' ') + 1)::jsonb as content, true as is_frozen
  from frozen cross join lateral string_to_table(content, E'\n') l where l <> ''
union all
select name, line::jsonb, false from ref.content where not exists (select from frozen);

analyze packet_rule;
