-- The bill lines in it, the largest 50, and the rest as one row.
-- $4 style: text
with ranked as (
	select l.*, row_number() over (order by abs(l.cost_usd) desc, l.file_id, l.line_no) as place from seen_bucket_line l
)
select file, line_no, delivery_id, account_id, model, usage_class, quantity, unit, cost, currency, cost_usd, borne_by, description, digest
  from (select r.place, regexp_replace(f.path, '^.*/', '') as file, r.line_no::text as line_no, r.delivery_id::text as delivery_id, a.account_id, a.model,
               a.usage_class, r.quantity::text as quantity, a.unit, ref.amount_digits(r.cost, $4) as cost, r.currency, ref.amount_digits(r.cost_usd, $4) as cost_usd,
               case when exists (select from seen_left) then coalesce(nullif(r.team, ''), r.borne_by) end as borne_by, a.description, f.digest
          from ranked r
          join provider.line_attribute a on a.file_id = r.file_id and a.attribute_no = r.attribute_no
          join ops.file f on f.file_id = r.file_id
         where r.place <= 50
        union all
        select 51, 'the other ' || count(*), '', '', '', '', '', '', '', '', '', ref.amount_digits(sum(cost_usd), $4), '', '', ''
          from ranked where place > 50 and $4 = 'screen' having count(*) > 0) l
 order by place;
