-- Which server this is.
SELECT pg_catalog.jsonb_build_object(
  'version', pg_catalog.current_setting('server_version_num')::int,
  'systemIdentifier', (SELECT system_identifier FROM pg_catalog.pg_control_system()),
  'inRecovery', pg_catalog.pg_is_in_recovery());
