-- Looks for workers of a subscription.
SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_subscription WHERE subname = $1 AND pid IS NOT NULL)
