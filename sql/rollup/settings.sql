-- How this transaction's statements are planned. They join whole sets by equality: a nested loop or a merge on a part of
-- the key would rest on a guess of how many rows remain, and be right for a handful and wrong for a month. Hashing the
-- small side is cheap although the planner thinks that its few rows share a bucket, hence the price of an operator; and
-- what reads a million rows is worth a second process even if many of them come back, but what reads tens of thousands is done before
-- that has begun.
-- Nearly all that is analyzed is made and read once: a few thousand rows say enough of it.
set local enable_nestloop = off;
set local enable_mergejoin = off;
set local cpu_operator_cost = 0.0002;
set local parallel_setup_cost = 100;
set local parallel_tuple_cost = 0.01;
set local min_parallel_table_scan_size = '16MB';
set local default_statistics_target = 10;
