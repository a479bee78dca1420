-- Permanent tables with rows of their own, and their columns.
SELECT format('%I.%I', nspname, relname) AS name, array_agg(quote_ident(attname) ORDER BY attname)::text[] AS columns
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE relkind = 'r' AND relpersistence = 'p' AND attnum > 0 AND NOT attisdropped
  AND nspname NOT IN ('pg_catalog', 'information_schema', 'verdigris') AND nspname NOT LIKE 'pg\_%'
GROUP BY nspname, relname ORDER BY 1
