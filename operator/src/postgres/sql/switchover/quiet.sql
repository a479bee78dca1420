-- Looks for transactions that hold the gate and are not new.
SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity USING (pid)
  WHERE l.relation = 'verdigris.gate'::pg_catalog.regclass AND xact_start < pg_catalog.clock_timestamp() - interval '100 ms')
