-- Columns that tell the rows of table $1 apart, as its replica identity says, with their types; none where whole rows do.
-- The types carry their modifiers: a cast to plain character or bit would cut to length 1.
SELECT coalesce(pg_catalog.array_agg(pg_catalog.concat('"', pg_catalog.replace(a.attname, '"', '""'), '"') ORDER BY k.place), '{}') AS columns,
  coalesce(pg_catalog.array_agg(pg_catalog.format_type(a.atttypid, a.atttypmod) ORDER BY k.place), '{}') AS types,
  (SELECT greatest(c.reltuples, 0)::bigint FROM pg_catalog.pg_class c WHERE c.oid = $1::text::regclass) AS rows
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END,
  pg_catalog.unnest(i.indkey::smallint[]) WITH ORDINALITY k (num, place) JOIN pg_catalog.pg_attribute a ON a.attnum = k.num
WHERE c.oid = $1::text::regclass AND a.attrelid = c.oid AND k.place <= i.indnkeyatts
