-- Ends client sessions that began under the read-only default: they would keep it for life.
SELECT verdigris.guard(:epoch, :'holder');
UPDATE verdigris.state SET reset_at = pg_catalog.clock_timestamp() WHERE reset_at = 'infinity';
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
WHERE backend_type = 'client backend' AND datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
  AND NOT pg_catalog.starts_with(application_name, :'ours') AND backend_start <= (SELECT reset_at FROM verdigris.state);
