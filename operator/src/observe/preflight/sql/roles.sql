-- Roles with our names; those that a connection is tried with come and go.
SELECT pg_catalog.to_jsonb(rolname) FROM pg_catalog.pg_roles WHERE rolname ~ '^verdigris_' AND rolname !~ '^verdigris_[0-9a-f]{12}_probe$' ORDER BY rolname;
