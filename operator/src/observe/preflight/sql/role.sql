-- Who asks, and may they?
SELECT pg_catalog.jsonb_build_object('name', rolname, 'superuser', rolsuper) FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER;
