-- Subscriptions of all databases. Without subconninfo, which holds passwords.
SELECT pg_catalog.jsonb_build_object('name', subname, 'database', datname, 'enabled', subenabled)
FROM pg_catalog.pg_subscription JOIN pg_catalog.pg_database d ON d.oid = subdbid ORDER BY subname;
