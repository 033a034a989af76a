-- The next free ids. Only the holder of the run's lock asks, so max + 1 is free, and ids have no gaps.
select (select coalesce(max(file_id), 0) + 1 from ops.file), (select coalesce(max(delivery_id), 0) + 1 from provider.delivery);
