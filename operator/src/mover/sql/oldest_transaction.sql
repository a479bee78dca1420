-- The transaction that a new slot waits for: the oldest one with an xid, in any database of the server.
SELECT pid, coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - xact_start), 0)::bigint AS seconds
FROM pg_catalog.pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_catalog.pg_backend_pid() ORDER BY xact_start LIMIT 1
