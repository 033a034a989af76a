-- Closes items whose matter is gone, keeps those that are still there up to date, opens what is new or has come back.
-- $1 as_of: timestamptz
create temporary table due_item on commit drop as
select * from recon.due_action();

update ops.action_item a
   set closed_at = $1,
       closed_because = case when ledger.period_state(a.period) = 'posted' then 'the month was posted'
                             when a.code = 'unsigned_variance' and exists (select from recon.variance v where v.period = a.period and v.business_unit = a.business_unit
                                                                                                          and v.status = 'breach') then 'signed off'
                             when a.code = 'unsigned_variance' then 'within tolerance' else 'its cause is gone' end
 where closed_at is null and not exists (select from due_item d where d.item_key = a.item_key);

update ops.action_item a
   set (class, severity, owner_login, owner_email, amount_usd, occurrences, what, remedy, seen_at)
       = (d.class, d.severity, d.owner_login, d.owner_email, d.amount_usd, d.occurrences, d.what, d.remedy, greatest(a.seen_at, $1))
  from due_item d
 where a.closed_at is null and a.item_key = d.item_key;

insert into ops.action_item (item_key, opened_at, period, business_unit, code, class, severity, owner_login, owner_email, amount_usd, occurrences, what, remedy, seen_at)
select d.item_key, $1, d.period, d.business_unit, d.code, d.class, d.severity, d.owner_login, d.owner_email, d.amount_usd, d.occurrences, d.what, d.remedy, $1
  from due_item d
 where not exists (select from ops.action_item a where a.item_key = d.item_key and a.closed_at is null)
on conflict (item_key, opened_at) do update set closed_at = null, closed_because = null, seen_at = excluded.seen_at, amount_usd = excluded.amount_usd,
       occurrences = excluded.occurrences, what = excluded.what;
