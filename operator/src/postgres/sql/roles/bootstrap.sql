-- The role that this server was made with.
SELECT rolname::text FROM pg_catalog.pg_roles WHERE oid = 10
