-- Clients' transactions that are open for a minute or longer, ours left out.
SELECT pg_catalog.jsonb_build_object('pid', pid, 'user', coalesce(usename, ''), 'database', coalesce(datname, ''),
  'application', application_name, 'state', coalesce(state, 'unknown'), 'writes', backend_xid IS NOT NULL,
  'since', pg_catalog.to_char(xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
  'ageSeconds', pg_catalog.floor(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - xact_start))::bigint)
FROM pg_catalog.pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid() AND application_name !~ '^verdigris/'
  AND xact_start < pg_catalog.clock_timestamp() - interval '1 minute'
ORDER BY xact_start;
