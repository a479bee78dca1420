-- Whether users have tables in this database. Extensions' members and our records are none.
SELECT pg_catalog.to_jsonb(EXISTS (
  SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
  WHERE relkind IN ('r', 'p', 'f') AND relpersistence <> 't' AND nspname NOT IN ('pg_catalog', 'information_schema', 'verdigris')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')));
