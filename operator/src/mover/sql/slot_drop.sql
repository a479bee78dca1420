-- A slot of our name that is left over: nobody uses it, for the clone that made it is gone.
SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name = $1 AND NOT active
