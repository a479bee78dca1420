-- Tables that should be carried and that publication $1 does not hold.
SELECT t.name FROM verdigris.tables t
WHERE t.carried AND NOT EXISTS (SELECT FROM verdigris.excluded e WHERE e.name = t.name)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid WHERE p.pubname = $1 AND r.prrelid = t.rel)
ORDER BY t.name
