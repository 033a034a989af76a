-- The one exception that is asked for.
-- $1 exception_id: text
create temporary table seen_exception on commit drop as
select x.*, ref.period_start(x.period) as period_start, ref.period_end(x.period) as period_end
  from recon.exception x where x.exception_id = $1;
