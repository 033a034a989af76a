-- open, frozen, approved or posted.
-- $1 period: text
select ledger.period_state($1);
