-- Ends whoever keeps a session waiting for the record.
SELECT pg_catalog.pg_terminate_backend(p) FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) p WHERE p > 0
