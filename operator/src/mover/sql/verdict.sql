-- Tables whose rows on green are not those of blue, by count and sum of hashes over all of their ranges: blue was hashed as it was copied.
SELECT name, pg_catalog.sum((result ->> 'blue_rows')::numeric)::bigint AS blue_rows, pg_catalog.sum((result ->> 'green_rows')::numeric)::bigint AS green_rows
FROM verdigris.work WHERE kind IN ('copy', 'compare')
GROUP BY name
HAVING pg_catalog.sum((result ->> 'blue_rows')::numeric) IS DISTINCT FROM pg_catalog.sum((result ->> 'green_rows')::numeric)
  OR pg_catalog.sum((result ->> 'blue_hash')::numeric) IS DISTINCT FROM pg_catalog.sum((result ->> 'green_hash')::numeric)
ORDER BY name
