-- The clone is done: nobody passes the gate any more. Committed synchronously, so all of the copy is durable.
WITH finished AS (UPDATE verdigris.clone SET finished_at = pg_catalog.clock_timestamp() WHERE id = $1 AND finished_at IS NULL
    AND NOT EXISTS (SELECT FROM verdigris.work WHERE done_at IS NULL) RETURNING 1),
  forgotten AS (DELETE FROM verdigris.failure WHERE step = 'clone' AND EXISTS (SELECT FROM finished)),
  ended AS (DELETE FROM verdigris.snapshot WHERE EXISTS (SELECT FROM finished))
UPDATE verdigris.state SET runner = NULL WHERE EXISTS (SELECT FROM finished)
