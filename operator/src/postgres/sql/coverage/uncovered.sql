-- Asks what is not gated or not published; and, where $2 says so, for large objects.
SELECT u FROM verdigris.uncovered($1::text::name) u
UNION ALL SELECT 'large objects, which no stream carries: ' || n || ' (move them into a bytea column, or add LargeObjects to spec.acknowledge)'
  FROM (SELECT pg_catalog.count(*) AS n FROM pg_catalog.pg_largeobject_metadata) l WHERE n > 0 AND $2::bool
ORDER BY 1
