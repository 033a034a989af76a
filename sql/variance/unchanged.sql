-- The result stands, as of now; the close asks when it was last found to.
-- $1 period: text, $2 as_of: timestamptz, $3 options: jsonb
update recon.result
   set as_of = $2, result_id = recon.result_id($1, $2, $3), reconciled_at = clock_timestamp()
 where period = $1 and as_of <> $2;

update recon.result set reconciled_at = clock_timestamp() where period = $1;
