-- A file begins, for the first time or again.
INSERT INTO verdigris.migration (seq, name, file, checksum, state) VALUES ($1, $2, $3, $4, 'Running')
ON CONFLICT (seq) DO UPDATE SET name = excluded.name, file = excluded.file, checksum = excluded.checksum, state = 'Running',
  started_at = pg_catalog.clock_timestamp(), took_ms = NULL, line = NULL, sqlstate = NULL, object = NULL
