-- approvals.csv: every entry of the ledger about the period: who did what, when, why. chain.json has what each hash is made of.
-- $3 period: text
select e.entry_no::text as entry, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at, e.login, e.kind,
       case e.kind
            when 'period_step' then c.j ->> 'step'
            when 'adjustment_step' then c.j ->> 'step'
            when 'journal' then c.j ->> 'kind' else e.kind end as step,
       coalesce(c.j ->> 'business_unit', c.j ->> 'adjustment_id', c.j ->> 'journal_id', c.j ->> 'code', '') as subject,
       case e.kind
            when 'sign_off' then concat_ws(' ', 'variance', c.j ->> 'variance_usd', 'tolerance', c.j ->> 'tolerance_usd', 'cause', c.j ->> 'cause')
            when 'waiver' then c.j ->> 'what'
            when 'adjustment' then concat_ws(' ', c.j ->> 'provider', c.j ->> 'amount', 'from', c.j ->> 'from_business_unit', 'to', c.j ->> 'to_business_unit',
                                             'evidence', c.j ->> 'evidence')
            else '' end as what,
       coalesce(c.j ->> 'reason', c.j ->> 'memo') as reason, e.hash
  from ledger.entry e
 cross join lateral (select e.content::jsonb) c (j)
 where e.period = $3
 order by e.entry_no;
