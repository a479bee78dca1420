-- Reads the tables that have a gate trigger in whatever state.
SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE t.tgname = 'verdigris_gate' AND NOT t.tgisinternal ORDER BY 1, 2
