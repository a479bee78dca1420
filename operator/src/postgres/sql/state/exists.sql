-- Looks for the records.
SELECT pg_catalog.to_regclass('verdigris.state') IS NOT NULL, pg_catalog.pg_is_in_recovery()
