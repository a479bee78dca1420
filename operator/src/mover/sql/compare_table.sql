-- Result of one table.
UPDATE verdigris.comparison SET rows = $3, state = $4, differing = $5, at = pg_catalog.clock_timestamp() WHERE run = $1 AND name = $2
