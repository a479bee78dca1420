-- In the transaction of the work itself.
UPDATE verdigris.work SET done_at = pg_catalog.clock_timestamp(), result = $2,
  took_ms = (EXTRACT(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.now()) * 1000)::bigint WHERE id = $1
