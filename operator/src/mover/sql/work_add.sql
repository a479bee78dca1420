-- Work items, as an array of objects.
INSERT INTO verdigris.work (stage, kind, name, body, bytes)
SELECT w.stage, w.kind, w.name, w.body, w.bytes
FROM pg_catalog.jsonb_to_recordset($1::jsonb) AS w (stage int, kind text, name text, body jsonb, bytes bigint)
