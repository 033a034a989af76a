-- The results that stand, before the month is computed anew in their place.
create temporary table posted_posting on commit drop as select p.* from recon.posting p join replay_input i using (period);
create temporary table posted_bucket on commit drop as select b.* from recon.bucket b join replay_input i using (period);
create temporary table posted_variance on commit drop as select v.* from recon.variance v join replay_input i using (period);
create temporary table posted_charge on commit drop as select c.* from recon.charge c join replay_input i using (period);
create temporary table posted_charge_step on commit drop as select c.* from recon.charge_step c join replay_input i using (period);
