-- Databases that clients are connected to, us left out.
SELECT DISTINCT pg_catalog.to_jsonb(datname) FROM pg_catalog.pg_stat_activity
WHERE backend_type = 'client backend' AND datname IS NOT NULL AND pid <> pg_catalog.pg_backend_pid() AND application_name !~ '^verdigris/';
