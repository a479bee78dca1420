-- Classified: the catalog as it is now is the plan; nobody passes the gate any more.
WITH done AS (INSERT INTO verdigris.classified (carried_columns) VALUES ($1) ON CONFLICT DO NOTHING RETURNING 1)
UPDATE verdigris.state SET fingerprint = verdigris.fingerprint(), runner = NULL WHERE EXISTS (SELECT FROM done)
