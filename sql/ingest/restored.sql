-- A database restored into another cluster counts its transactions anew: what it had seen before is then seen again.
do $$
begin
	if (select pg_snapshot_xmax(snapshot) > pg_snapshot_xmax(pg_current_snapshot()) from recon.rollup_state) then
		update gateway.event set xid = 0 where xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
		update recon.rollup_state set snapshot = '1:1:', price_digest = '-';
	end if;
end $$;
