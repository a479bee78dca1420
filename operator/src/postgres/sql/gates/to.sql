-- Asks what forbids a switchover on the side that shall write. A prepared transaction passed the gate before: committed later, it writes.
SELECT 'a prepared transaction: ' || gid FROM pg_catalog.pg_prepared_xacts WHERE database = pg_catalog.current_database()
UNION ALL SELECT 'a transaction has been writing for ' || extract(epoch FROM pg_catalog.clock_timestamp() - xact_start)::int || ' s: pid ' || pid
  FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend' AND backend_xid IS NOT NULL
  AND xact_start < pg_catalog.clock_timestamp() - interval '10 s' AND NOT pg_catalog.starts_with(application_name, $1)
