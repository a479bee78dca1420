-- Asks what forbids a switchover on the side that writes now.
SELECT 'a prepared transaction: ' || gid FROM pg_catalog.pg_prepared_xacts WHERE database = pg_catalog.current_database()
UNION ALL SELECT 'a transaction has been writing for ' || extract(epoch FROM pg_catalog.clock_timestamp() - xact_start)::int || ' s: pid ' || pid
  FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database() AND backend_type = 'client backend'
  AND backend_xid IS NOT NULL AND xact_start < pg_catalog.clock_timestamp() - interval '10 s'
