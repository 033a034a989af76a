-- Every entry of a period: who did what, when, with which reason.
-- $1 period: text
select e.entry_no::text as entry, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at, e.login, e.kind,
       case e.kind
            when 'period_step' then c.j ->> 'step'
            when 'sign_off' then concat_ws(' ', c.j ->> 'business_unit', ref.amount_text((c.j ->> 'variance_usd')::numeric), c.j ->> 'cause')
            when 'waiver' then c.j ->> 'what'
            when 'adjustment' then concat_ws(' ', c.j ->> 'adjustment_id', c.j ->> 'from_business_unit', '→', c.j ->> 'to_business_unit', c.j ->> 'amount')
            when 'adjustment_step' then concat_ws(' ', c.j ->> 'step', c.j ->> 'adjustment_id')
            else c.j ->> 'journal_id' end as what,
       coalesce(c.j ->> 'reason', c.j ->> 'memo') as reason, e.hash
  from ledger.entry e
 cross join lateral (select e.content::jsonb) c (j)
 where e.period = $1
 order by e.entry_no;
