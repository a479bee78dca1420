-- The catalog before ($1 = before: kept from the first time) or after the migrations.
INSERT INTO verdigris.catalog (taken, body) VALUES ($1, $2)
ON CONFLICT (taken) DO UPDATE SET body = excluded.body, at = pg_catalog.clock_timestamp() WHERE catalog.taken = 'after'
