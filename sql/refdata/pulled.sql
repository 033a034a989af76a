-- What one gateway's files hold, before it is known what of it is taken: made anew for each.
drop table if exists pg_temp.pulled_teams, pg_temp.pulled_budgets;

create temporary table pulled_teams (like staged_teams) on commit drop;

create temporary table pulled_budgets (like staged_budgets) on commit drop;
