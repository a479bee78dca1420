-- Users' tables and what is like one, with their replica identity. Sizes are of the last VACUUM or ANALYZE: no lock is taken.
WITH RECURSIVE base AS (
  -- Domains resolved to what they are made of, arrays to their elements.
  SELECT oid, oid AS type FROM pg_catalog.pg_type
  UNION
  SELECT b.oid, CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.typelem END
  FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.type
  WHERE t.typtype = 'd' OR t.typcategory = 'A' AND t.typelem <> 0
), compared AS (
  SELECT opcintype AS type FROM pg_catalog.pg_opclass o JOIN pg_catalog.pg_am a ON a.oid = opcmethod
  WHERE opcdefault AND amname IN ('btree', 'hash')
), no_equality AS (
  SELECT DISTINCT b.oid FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.type
  WHERE t.typtype = 'b' AND t.typcategory <> 'A' AND NOT EXISTS (SELECT FROM compared c WHERE c.type = t.oid)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_cast JOIN compared c ON c.type = casttarget
      WHERE castsource = t.oid AND castmethod = 'b' AND castcontext = 'i')
)
SELECT pg_catalog.jsonb_build_object(
  'schema', nspname, 'name', c.relname,
  'kind', CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned' WHEN 'f' THEN 'foreign' ELSE 'materializedView' END,
  'unlogged', c.relpersistence = 'u',
  'bytes', (c.relpages::bigint + coalesce(t.relpages, 0)) * pg_catalog.current_setting('block_size')::bigint,
  'identity', CASE
    WHEN c.relreplident = 'f' THEN 'full'
    WHEN EXISTS (SELECT FROM pg_catalog.pg_index WHERE indrelid = c.oid AND indisvalid AND indimmediate
      AND (c.relreplident = 'd' AND indisprimary OR c.relreplident = 'i' AND indisreplident)) THEN 'key'
    ELSE 'missing' END,
  'candidate', (SELECT i.relname FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = indexrelid
    WHERE indrelid = c.oid AND indisunique AND indisvalid AND indimmediate AND indpred IS NULL AND indexprs IS NULL
      AND NOT EXISTS (SELECT FROM pg_catalog.unnest(indkey) WITH ORDINALITY k(num, place)
        JOIN pg_catalog.pg_attribute ON attrelid = c.oid AND attnum = num WHERE place <= indnkeyatts AND NOT attnotnull)
    ORDER BY indisprimary DESC, indnkeyatts, i.relname LIMIT 1),
  'noEquality', coalesce((SELECT pg_catalog.jsonb_agg(attname ORDER BY attnum) FROM pg_catalog.pg_attribute
    WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND atttypid IN (SELECT oid FROM no_equality)), '[]'))
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
WHERE c.relkind IN ('r', 'p', 'f', 'm') AND c.relpersistence <> 't'
  AND nspname NOT IN ('pg_catalog', 'information_schema', 'verdigris') AND nspname !~ '^pg_(toast|temp)'
ORDER BY nspname, c.relname;
