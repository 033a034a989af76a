-- What `weekly` asked to be done about a period and is not done, the oldest first.
-- $1 period: text, $2 style: text
select item_key, code, business_unit, owner_login, owner_email, ref.amount_as(amount_usd, $2) as amount_usd,
       to_char(opened_at at time zone 'UTC', 'YYYY-MM-DD') as opened
  from ops.action_item a
 where period = $1 and closed_at is null
 order by opened_at, abs(a.amount_usd) desc, item_key collate "C";
