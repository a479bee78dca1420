-- Is this server in recovery?
SELECT pg_catalog.to_jsonb(pg_catalog.pg_is_in_recovery());
