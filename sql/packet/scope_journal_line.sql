-- See packet/scope_period; after explain/journal_scope. A clearing account stands for all of its provider; an adjustment for both
-- business units; a correction for what came later (packet/corrected).
create temporary table packet_key on commit drop as
select x.provider, u.business_unit, case when x.adjustment_id is null and not x.is_clearing then x.cost_center end as cost_center,
       null::text as team_id, null::text as service, null::text as model, null::text as request_id, null::bigint as bucket_no
  from seen_journal_line x
  left join ledger.adjustment a using (adjustment_id)
  cross join lateral unnest(case when a.adjustment_id is not null then array[a.from_business_unit, a.to_business_unit]
                                 else array[nullif(x.business_unit, '')] end) u (business_unit)
 where x.kind <> 'correction';
