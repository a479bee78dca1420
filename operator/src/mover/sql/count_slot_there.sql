-- Whether slot $1 of this database is there and has lost nothing.
SELECT EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = $1::text AND database = pg_catalog.current_database() AND wal_status <> 'lost') AS there
