-- Objects that users made in this database: the first twenty and their number. Extensions' members and our records are none.
WITH o AS (
  SELECT CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'type' ELSE 'table' END AS kind,
    nspname || '.' || relname AS name, c.oid, 'pg_catalog.pg_class'::pg_catalog.regclass AS class, nspname
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
  WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND relpersistence <> 't'
  UNION ALL SELECT 'function', nspname || '.' || proname, p.oid, 'pg_catalog.pg_proc'::pg_catalog.regclass, nspname
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace
  UNION ALL SELECT 'type', nspname || '.' || typname, t.oid, 'pg_catalog.pg_type'::pg_catalog.regclass, nspname
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = typnamespace WHERE typtype IN ('e', 'd', 'r')
  UNION ALL SELECT 'schema', nspname, oid, 'pg_catalog.pg_namespace'::pg_catalog.regclass, nspname
  FROM pg_catalog.pg_namespace WHERE nspname <> 'public'
), mine AS (
  SELECT kind || ' ' || name AS object FROM o
  WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'verdigris') AND nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')
)
SELECT pg_catalog.jsonb_build_object('count', (SELECT pg_catalog.count(*) FROM mine),
  'first', coalesce((SELECT pg_catalog.jsonb_agg(object) FROM (SELECT object FROM mine ORDER BY object LIMIT 20) f), '[]'));
