-- Extensions installed in this database.
SELECT pg_catalog.jsonb_build_object('name', extname, 'version', extversion) FROM pg_catalog.pg_extension ORDER BY extname;
