-- Extensions that the server's packages offer.
SELECT pg_catalog.jsonb_build_object('name', name, 'defaultVersion', default_version) FROM pg_catalog.pg_available_extensions ORDER BY name;
