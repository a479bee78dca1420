-- Most WAL that a slot of this run retains on this side, bytes. $1: prefix of the run's names.
SELECT max(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), restart_lsn))::bigint FROM pg_catalog.pg_replication_slots WHERE starts_with(slot_name, $1)
