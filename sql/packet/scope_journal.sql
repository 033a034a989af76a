-- See packet/scope_period.
-- $1 journal_id: text
create temporary table packet_key on commit drop as
select distinct provider, null::text as business_unit, null::text as cost_center, null::text as team_id, null::text as service, null::text as model, null::text as request_id, null::bigint as bucket_no
  from ledger.journal j join ledger.journal_line using (journal_id) where journal_id = $1 and j.kind <> 'correction';
