-- Drops a slot that nobody uses; guarded without a lock on the record.
SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots, verdigris.state
WHERE slot_name = $1 AND active_pid IS NULL AND epoch = $2 AND holder = $3
