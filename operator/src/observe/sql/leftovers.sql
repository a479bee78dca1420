-- Streams of this run on this side that are not $2. $1: prefix of the run's names.
SELECT 'subscription ' || subname FROM pg_catalog.pg_subscription
WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AND starts_with(subname, $1) AND subname <> $2
UNION ALL
SELECT 'slot ' || slot_name FROM pg_catalog.pg_replication_slots
WHERE starts_with(slot_name, $1) AND slot_name <> $2 AND slot_name <> $1 || 'count'
  AND slot_name NOT IN (SELECT witness FROM verdigris.state WHERE witness IS NOT NULL)
ORDER BY 1
