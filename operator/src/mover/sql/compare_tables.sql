-- Tables that are carried away from this side; names are always quoted.
SELECT t.name,
  pg_catalog.concat('"', pg_catalog.replace(t.schema, '"', '""'), '"."', pg_catalog.replace(t.relation, '"', '""'), '"') AS rel, pg_catalog.pg_table_size(t.rel) AS bytes
FROM verdigris.tables t WHERE t.carried AND NOT EXISTS (SELECT FROM verdigris.excluded e WHERE e.name = t.name) ORDER BY bytes DESC
