-- Which server this is, as state records it.
SELECT system_identifier::bigint AS system, pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8) AS timeline,
  pg_catalog.current_setting('server_version_num')::int / 10000 AS major
FROM pg_catalog.pg_control_system()
