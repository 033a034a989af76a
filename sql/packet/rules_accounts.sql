-- Ledger accounts: those that the freeze pinned, else today's.
-- $3 period: text
select coalesce(p.key, a.role) as role, coalesce(p.value, a.account) as account
  from (select r.key, r.value
          from (select accounts from ledger.period_step s
                 where s.period = $3 and s.step = 'freeze' and ledger.period_state($3) <> 'open' order by entry_no desc limit 1) f
         cross join lateral jsonb_each_text(f.accounts) r) p
  full join (select role, account from ref.account where ledger.period_state($3) = 'open') a on false
 order by coalesce(p.key, a.role) collate "C";
