-- Ends whoever uses a slot.
SELECT pg_catalog.pg_terminate_backend(active_pid) FROM pg_catalog.pg_replication_slots, verdigris.state
WHERE slot_name = $1 AND active_pid IS NOT NULL AND epoch = $2 AND holder = $3
