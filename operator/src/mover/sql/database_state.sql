-- Is this database empty, and does it hold records of ours?
SELECT pg_catalog.to_regclass('verdigris.clone') IS NOT NULL AS recorded,
  (SELECT pg_catalog.min(what) FROM (
    SELECT 'relation ' || c.oid::regclass::text AS what FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid >= 16384 AND n.nspname NOT LIKE 'pg\_%' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    UNION ALL SELECT 'function ' || p.oid::regprocedure::text FROM pg_catalog.pg_proc p
      WHERE p.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.oid = p.pronamespace AND n.nspname LIKE 'pg\_%')
    UNION ALL SELECT 'type ' || t.oid::regtype::text FROM pg_catalog.pg_type t
      WHERE t.oid >= 16384 AND t.typtype IN ('d', 'e') AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype IN ('e', 'i'))
    UNION ALL SELECT 'schema ' || n.nspname FROM pg_catalog.pg_namespace n
      WHERE n.oid >= 16384 AND n.nspname NOT LIKE 'pg\_%' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
    UNION ALL SELECT 'event trigger ' || e.evtname FROM pg_catalog.pg_event_trigger e
      WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_event_trigger'::regclass AND d.objid = e.oid AND d.deptype = 'e')
  ) things) AS first_object
