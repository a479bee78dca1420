-- Ends client sessions on the closed side: one reconnect each.
SELECT verdigris.guard(:epoch, :'holder');
SELECT verdigris.must_be_closed();
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
WHERE backend_type = 'client backend' AND datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
  AND NOT pg_catalog.starts_with(application_name, :'ours');
