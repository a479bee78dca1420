-- Reads the run's subscriptions of this database.
SELECT subname::text FROM pg_catalog.pg_subscription WHERE pg_catalog.starts_with(subname, $1)
  AND subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
