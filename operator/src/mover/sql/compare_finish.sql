-- All tables are looked at. Equal only if every one is.
UPDATE verdigris.comparison_run r SET finished_at = pg_catalog.clock_timestamp(),
  equal = NOT EXISTS (SELECT FROM verdigris.comparison c WHERE c.run = r.run AND c.state <> 'Equal') WHERE r.run = $1
