-- Roles with our names.
SELECT pg_catalog.to_jsonb(rolname) FROM pg_catalog.pg_roles WHERE rolname ~ '^verdigris_' ORDER BY rolname;
