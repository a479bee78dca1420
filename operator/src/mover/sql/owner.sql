-- Role that migrations act as, owner of the database $1 unless $2 names one; its search path, and whether the migrator $3 is there.
SELECT r.rolname::text AS role, EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $3::text) AS migrator,
  (SELECT pg_catalog.substr(c, 13) FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) c
   WHERE s.setrole = r.oid AND s.setdatabase IN (0, d.oid) AND c LIKE 'search\_path=%' ORDER BY s.setdatabase DESC LIMIT 1) AS search_path
FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON CASE WHEN $2::text IS NULL THEN r.oid = d.datdba ELSE r.rolname = $2 END WHERE d.datname = $1::text
