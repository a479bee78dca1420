-- Reads a subscription of this database, and how far it has come.
SELECT s.oid, s.subenabled, (SELECT min(pid) FROM pg_catalog.pg_stat_subscription w WHERE w.subid = s.oid),
  coalesce(e.apply_error_count, 0), coalesce(e.sync_error_count, 0),
  (SELECT (remote_lsn - '0/0'::pg_lsn)::bigint FROM pg_catalog.pg_replication_origin_status o WHERE o.external_id = 'pg_' || s.oid)
FROM pg_catalog.pg_subscription s LEFT JOIN pg_catalog.pg_stat_subscription_stats e ON e.subid = s.oid
WHERE s.subname = $1 AND s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
