-- Populated materialized views, each after those it reads.
WITH RECURSIVE reads (view, source) AS (
  SELECT r.ev_class, d.refobjid FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> r.ev_class
), closure (view, source) AS (
  SELECT view, source FROM reads UNION SELECT c.view, r.source FROM closure c JOIN reads r ON r.view = c.source
)
SELECT pg_catalog.concat('"', pg_catalog.replace(n.nspname, '"', '""'), '"."', pg_catalog.replace(m.relname, '"', '""'), '"') AS name, pg_catalog.pg_table_size(m.oid) AS bytes
FROM pg_catalog.pg_class m JOIN pg_catalog.pg_namespace n ON n.oid = m.relnamespace
  LEFT JOIN closure c ON c.view = m.oid LEFT JOIN pg_catalog.pg_class s ON s.oid = c.source AND s.relkind = 'm'
WHERE m.relkind = 'm' AND m.relispopulated AND n.nspname <> 'verdigris'
GROUP BY n.nspname, m.relname, m.oid ORDER BY count(DISTINCT s.oid), 1
