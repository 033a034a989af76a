-- What stands behind a month for whoever asks later, and what is still to be done about it.

-- The deliveries that a period's result rests on: those that its freeze pinned, and while it is open the current ones.
create view recon.counted_delivery as
select d.*
  from provider.delivery d
  left join (select distinct on (period) period, step from ledger.period_step order by period, entry_no desc) s using (period)
 where case when coalesce(s.step, 'unfreeze') = 'unfreeze' then d.superseded_by is null
            else exists (select from ledger.pinned_delivery p
                          where p.delivery_id = d.delivery_id
                            and p.entry_no = (select max(f.entry_no) from ledger.period_step f where f.period = d.period and f.step = 'freeze')) end;

-- What `weekly` asks somebody to do. An item is open until what it names is gone; when that comes back, it is opened again,
-- under the same key and as another row.
create table ops.action_item (
	item_key text not null,          -- PERIOD/BUSINESS_UNIT/CODE
	opened_at timestamptz not null,  -- by the clock of the run
	period text not null,
	business_unit text not null,     -- empty: nobody's in particular, as with files
	code text not null,              -- unsigned_variance, or an exception's code
	class text not null,
	severity text not null,
	owner_login text not null,       -- or the role that has to act
	owner_email text not null,
	amount_usd numeric not null,
	occurrences bigint not null,
	what text not null,
	remedy text not null,
	seen_at timestamptz not null,
	closed_at timestamptz,
	closed_because text,
	primary key (item_key, opened_at),
	check ((closed_at is null) = (closed_because is null))
);
create unique index on ops.action_item (item_key) where closed_at is null;

-- What is to be done now: breaches that nobody has signed, and open exceptions that are more than information.
create function recon.due_action() returns table (item_key text, period text, business_unit text, code text, class text, severity text, owner_login text,
                                                  owner_email text, amount_usd numeric, occurrences bigint, what text, remedy text)
language sql stable
as $$
	with due as (
		select v.period, v.business_unit, 'unsigned_variance' as code, 'control' as class, 'error' as severity, v.variance_usd as amount_usd,
		       1::bigint as occurrences,
		       format('variance %s USD is over the tolerance of %s', ref.amount_screen(v.variance_usd), ref.amount_screen(v.tolerance_usd)) as what,
		       format('Look at its causes (`closebook explain %s/%s`), then sign it off.', v.period, v.business_unit) as remedy
		  from recon.variance v
		 where v.status = 'breach' and not ledger.is_signed(v.period, v.business_unit, v.variance_usd, v.tolerance_usd)
		union all
		select e.period, e.business_unit, e.code, e.class, e.severity, sum(e.amount_usd), sum(e.count)::bigint,
		       format('%s × %s, %s', sum(e.count), e.code, case when count(*) = 1 then 'exception ' || min(e.exception_id) else count(*) || ' exceptions' end),
		       c.remedy
		  from recon.exception e
		  join recon.exception_code c using (code)
		 where e.status in ('open', 'acknowledged') and e.severity <> 'info' and e.code <> 'threshold_breach'
		 group by e.period, e.business_unit, e.code, e.class, e.severity, c.remedy
	)
	select d.period || '/' || d.business_unit || '/' || d.code, d.period, d.business_unit, d.code, d.class, d.severity,
	       case d.business_unit when 'unattributed' then 'closebook_approver' when '' then 'closebook_loader' else coalesce(u.owner_login, '') end,
	       coalesce(u.owner_email, ''), d.amount_usd, d.occurrences, d.what, d.remedy
	  from due d
	  left join lateral (select b.owner_login, b.owner_email from ref.business_unit b
	                      where b.business_unit_id = d.business_unit and b.valid_from < ref.utc_date(ref.period_end(d.period))
	                      order by b.valid_from desc limit 1) u on true
	 where ledger.period_state(d.period) <> 'posted' and d.period >= coalesce(ledger.first_posted(), '') -- earlier ones are not in the books
$$;
