-- The business units of a reconciled period: none when it was never reconciled.
-- $1 period: text
select business_unit from recon.variance where period = $1
 order by business_unit = 'unattributed', business_unit collate "C";
