-- Replication slots that outlive their session.
SELECT pg_catalog.jsonb_build_object('name', slot_name, 'database', database, 'active', active)
FROM pg_catalog.pg_replication_slots WHERE NOT temporary ORDER BY slot_name;
