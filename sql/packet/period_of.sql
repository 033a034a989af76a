-- The month that an id is of; none where it can be of several (a request).
-- $1 kind: text, $2 id: text
select case $1 when 'bucket' then left($2, 7) when 'unit' then left($2, 7)
               when 'journal' then (select period from ledger.journal where journal_id = $2)
               when 'journal_line' then (select period from ledger.journal where journal_id = regexp_replace($2, '/[0-9]+$', ''))
               when 'adjustment' then (select period from ledger.adjustment where adjustment_id = $2)
               when 'exception' then (select period from recon.exception where exception_id = $2) end;
