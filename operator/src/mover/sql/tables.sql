-- Tables that are copied, as the snapshot of this transaction shows them: those of publication $1, and unlogged ones, whose later rows
-- nothing carries. Sizes are of now. `rel` is always quoted: what is a keyword differs between majors.
SELECT t.name, pg_catalog.concat('"', pg_catalog.replace(t.schema, '"', '""'), '"."', pg_catalog.replace(t.relation, '"', '""'), '"') AS rel, pg_catalog.pg_table_size(c.oid) AS bytes,
  pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint AS blocks, x.extension, t.carried
FROM verdigris.tables t JOIN pg_catalog.pg_class c ON c.oid = t.rel CROSS JOIN LATERAL (
  SELECT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') AS extension) x
WHERE CASE WHEN t.carried THEN NOT EXISTS (SELECT FROM verdigris.excluded e WHERE e.name = t.name)
    AND EXISTS (SELECT FROM pg_catalog.pg_publication p JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid WHERE p.pubname = $1 AND r.prrelid = c.oid)
  ELSE c.relkind = 'r' AND c.relpersistence = 'u' AND NOT x.extension END
ORDER BY bytes DESC
