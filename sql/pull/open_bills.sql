-- Months whose bill may still change: some line of it has no invoice yet.
-- $1 source: text
select distinct d.period
  from provider.delivery d
 where d.source = $1 and d.superseded_by is null
   and exists (select from provider.delivery_file f join provider.line_attribute a using (file_id)
                where f.delivery_id = d.delivery_id and coalesce(a.invoice_id, '') = '')
 order by d.period;
