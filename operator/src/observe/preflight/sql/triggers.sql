-- Triggers that fire when the stream applies a row.
SELECT pg_catalog.jsonb_build_object('schema', nspname, 'table', relname, 'name', tgname, 'always', tgenabled = 'A')
FROM pg_catalog.pg_trigger JOIN pg_catalog.pg_class c ON c.oid = tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
WHERE NOT tgisinternal AND tgenabled IN ('A', 'R') AND tgname <> 'verdigris_gate' AND nspname <> 'verdigris'
ORDER BY nspname, relname, tgname;
