-- The oldest transaction of these server processes: milliseconds, and whose it is; never the statement, for it may hold rows.
SELECT (extract(epoch FROM pg_catalog.clock_timestamp() - xact_start) * 1000)::bigint,
  pg_catalog.format('pid %s, role %s, application %s, %s', pid, usename, pg_catalog.quote_literal(application_name), state)
FROM pg_catalog.pg_stat_activity WHERE pid = ANY ($1::int[]) AND xact_start IS NOT NULL ORDER BY xact_start LIMIT 1
