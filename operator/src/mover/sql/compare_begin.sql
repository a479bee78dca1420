-- A comparison begins: all of its tables are under way. Earlier ones are forgotten but the last three.
WITH old AS (SELECT run FROM verdigris.comparison_run ORDER BY started_at DESC OFFSET 3),
  gone AS (DELETE FROM verdigris.comparison WHERE run IN (SELECT run FROM old)),
  gone_runs AS (DELETE FROM verdigris.comparison_run WHERE run IN (SELECT run FROM old)),
  begun AS (INSERT INTO verdigris.comparison_run (run) VALUES ($1))
INSERT INTO verdigris.comparison (run, name, state) SELECT $1, n, 'Running' FROM pg_catalog.unnest($2::text[]) n
