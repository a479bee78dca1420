-- Why step $1 does not go on: reason $2, message $3 (no row content), whether it may pass by itself $4.
INSERT INTO verdigris.failure (step, reason, message, transient) VALUES ($1, $2, $3, $4)
ON CONFLICT (step, reason) DO UPDATE SET message = excluded.message, transient = excluded.transient, at = pg_catalog.clock_timestamp(), times = failure.times + 1
