-- Statements after which the migrator role $1 is locked out, its sessions are ended and it owns nothing in this database.
SELECT pg_catalog.unnest(ARRAY[
  pg_catalog.format('ALTER ROLE %I NOLOGIN PASSWORD NULL', $1::text),
  pg_catalog.format('SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usename = %L', $1::text),
  pg_catalog.format('REASSIGN OWNED BY %I TO %I', $1::text, pg_catalog.pg_get_userbyid(d.datdba))]) AS statement
FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database() AND EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1::text)
