-- How large the database is, in bytes and for people.
select pg_database_size(current_database()), pg_size_pretty(pg_database_size(current_database()));
