-- Names who holds the gate, the oldest first: never the statement, for it may hold rows.
SELECT CASE WHEN l.pid IS NULL THEN 'a prepared transaction'
    ELSE pg_catalog.format('pid %s (role %s, application %s, %s, its transaction %s s old)', l.pid, s.usename, pg_catalog.quote_literal(s.application_name), s.state,
      extract(epoch FROM pg_catalog.clock_timestamp() - s.xact_start)::int) END
FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity s USING (pid)
WHERE l.relation = 'verdigris.gate'::pg_catalog.regclass AND l.granted ORDER BY s.xact_start NULLS FIRST LIMIT 3
