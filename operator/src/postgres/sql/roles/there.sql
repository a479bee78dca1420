-- Names of this server's roles.
SELECT rolname::text FROM pg_catalog.pg_roles
