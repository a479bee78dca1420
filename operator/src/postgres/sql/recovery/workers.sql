-- Looks for workers of the run's streams.
SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_subscription WHERE pg_catalog.starts_with(subname, $1) AND pid IS NOT NULL)
