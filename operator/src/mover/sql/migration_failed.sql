-- A file failed: line $2, SQLSTATE or our own reason $3, names of objects $4.
UPDATE verdigris.migration SET state = 'Failed', line = $2, sqlstate = $3, object = $4,
  took_ms = (EXTRACT(epoch FROM pg_catalog.clock_timestamp() - started_at) * 1000)::bigint WHERE seq = $1
