-- Reads the run's slots.
SELECT slot_name::text FROM pg_catalog.pg_replication_slots WHERE pg_catalog.starts_with(slot_name, $1)
