-- Tables of publication $1 that are copied, as the snapshot of this transaction shows them; sizes are of now.
-- `rel` is always quoted: what is a keyword differs between majors.
SELECT t.name, pg_catalog.concat('"', pg_catalog.replace(t.schema, '"', '""'), '"."', pg_catalog.replace(t.relation, '"', '""'), '"') AS rel, pg_catalog.pg_table_size(c.oid) AS bytes,
  pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint AS blocks,
  EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') AS extension
FROM pg_catalog.pg_publication p JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid
  JOIN pg_catalog.pg_class c ON c.oid = r.prrelid JOIN verdigris.tables t ON t.rel = c.oid
WHERE p.pubname = $1 AND t.carried AND NOT EXISTS (SELECT FROM verdigris.excluded e WHERE e.name = t.name)
ORDER BY bytes DESC
