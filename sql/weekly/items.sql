-- The open items, and those that were closed in the week of the run; the oldest first. Age in whole days.
-- $1 as_of: timestamptz, $2 style: text, $3 overdue_days: integer
select item_key, period, business_unit, code, class, severity, owner_login, owner_email, ref.amount_as(amount_usd, $2) as amount_usd,
       occurrences::text as count, to_char(opened_at at time zone 'UTC', 'YYYY-MM-DD') as opened, age::text as age_days,
       (closed_at is null and age > $3)::text as overdue, case when closed_at is null then 'open' else 'closed' end as status,
       to_char(closed_at at time zone 'UTC', 'YYYY-MM-DD') as closed, closed_because, what, remedy
  from (select a.*, greatest(0, ref.utc_date(coalesce(closed_at, $1)) - ref.utc_date(opened_at)) as age from ops.action_item a) a
 where closed_at is null
    or date_trunc('week', closed_at at time zone 'UTC') = date_trunc('week', $1 at time zone 'UTC')
 order by closed_at is not null, opened_at, period, severity = 'error' desc, abs(amount_usd) desc, item_key collate "C";
