-- Reads the tables that the gate does not guard.
SELECT name, relkind::text FROM verdigris.ungated ORDER BY name
