-- Looks for a slot.
SELECT EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = $1)
