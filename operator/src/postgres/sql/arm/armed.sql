-- Reads the tables that have a gate trigger in whatever state, or are in a publication of the run: whether, and in which.
SELECT n.nspname::text, c.relname::text, gate.there, pubs.names
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'verdigris_gate' AND NOT t.tgisinternal) AS there) gate
  CROSS JOIN LATERAL (SELECT coalesce(pg_catalog.array_agg(p.pubname::text), '{}') AS names FROM pg_catalog.pg_publication p
    JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid WHERE r.prrelid = c.oid AND pg_catalog.starts_with(p.pubname::text, $1)) pubs
WHERE gate.there OR pubs.names <> '{}' ORDER BY 1, 2
