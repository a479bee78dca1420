-- Ends the workers of a subscription: a disabled one on 15 would run on for up to a second.
SELECT verdigris.guard(:epoch, :'holder');
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_subscription WHERE subname = :'stream' AND pid IS NOT NULL;
