-- Ends our sessions of older epochs; epoch 0 belongs to movers, who are not ended by it.
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
WHERE pg_catalog.starts_with(application_name, $1) AND datname = pg_catalog.current_database() AND backend_type = 'client backend'
  AND pid <> pg_catalog.pg_backend_pid()
  AND CASE WHEN pg_catalog.split_part(application_name, '/', 3) ~ '^[0-9]{1,18}$'
    THEN pg_catalog.split_part(application_name, '/', 3)::bigint BETWEEN 1 AND $2::bigint - 1 ELSE false END
