-- Publications with our names.
SELECT pg_catalog.to_jsonb(pubname) FROM pg_catalog.pg_publication WHERE pubname ~ '^verdigris_' ORDER BY pubname;
