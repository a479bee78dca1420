-- Reads a slot: how far its reader is behind, and what it retains.
SELECT active, (pg_catalog.pg_current_wal_insert_lsn() - confirmed_flush_lsn)::bigint, (pg_catalog.pg_current_wal_insert_lsn() - restart_lsn)::bigint, wal_status
FROM pg_catalog.pg_replication_slots WHERE slot_name = $1
