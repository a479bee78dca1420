-- The same exclusions on the other side.
INSERT INTO verdigris.excluded SELECT * FROM pg_catalog.jsonb_populate_recordset(NULL::verdigris.excluded, $1::jsonb) ON CONFLICT DO NOTHING
