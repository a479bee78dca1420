-- Reads the position of this server's WAL.
SELECT pg_catalog.pg_current_wal_insert_lsn()::text
