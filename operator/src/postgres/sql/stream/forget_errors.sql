-- Sets the error count of a subscription of this database to zero.
SELECT verdigris.guard(:epoch, :'holder');
SELECT pg_catalog.pg_stat_reset_subscription_stats(oid) FROM pg_catalog.pg_subscription
WHERE subname = :'stream' AND subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database());
