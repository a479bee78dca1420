-- Counts row changes behind a position, by table, as a slot that nobody reads from still has them. Names and numbers; no content leaves the server.
WITH message AS MATERIALIZED (
  SELECT xid::text AS xid, pg_catalog.get_byte(data, 0) AS kind, CASE pg_catalog.get_byte(data, 0)
      WHEN 66 THEN pg_catalog.substr(data, 2, 16) WHEN 84 THEN pg_catalog.substr(data, 7) ELSE pg_catalog.substr(data, 2, 4) END AS head
    FROM pg_catalog.pg_logical_slot_peek_binary_changes($1::text::name, NULL, $4::int, 'proto_version', '1', 'publication_names', $2)),
  pending AS (
    SELECT xid, ('x' || pg_catalog.encode(pg_catalog.substr(head, 1, 8), 'hex'))::bit(64)::bigint AS finished,
        ('x' || pg_catalog.encode(pg_catalog.substr(head, 9, 8), 'hex'))::bit(64)::bigint / 1000000 + 946684800 AS committed
      FROM message WHERE kind = 66 AND ('x' || pg_catalog.encode(pg_catalog.substr(head, 1, 8), 'hex'))::bit(64)::bigint >= $3),
  next AS (SELECT xid, finished, committed FROM pending ORDER BY finished LIMIT 1),
  change AS (
    SELECT xid, kind, ('x' || pg_catalog.encode(pg_catalog.substr(head, 1 + 4 * n, 4), 'hex'))::bit(32)::bigint::oid AS relation
      FROM message JOIN pending USING (xid), LATERAL pg_catalog.generate_series(0, pg_catalog.length(head) / 4 - 1) AS n WHERE kind IN (68, 73, 84, 85)),
  counted AS (
    SELECT xid = (SELECT xid FROM next) AS is_next,
        coalesce((SELECT pg_catalog.format('%I.%I', nspname, relname) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = relnamespace
          WHERE c.oid = relation), 'relation ' || relation) AS name,
        count(*) FILTER (WHERE kind = 73) AS inserts, count(*) FILTER (WHERE kind = 85) AS updates, count(*) FILTER (WHERE kind = 68) AS deletes,
        count(*) FILTER (WHERE kind = 84) AS truncates
      FROM change WHERE relation NOT IN (SELECT oid FROM pg_catalog.pg_class WHERE relnamespace = 'verdigris'::regnamespace) GROUP BY 1, relation),
  whole AS (
    SELECT name, sum(inserts)::bigint AS inserts, sum(updates)::bigint AS updates, sum(deletes)::bigint AS deletes, sum(truncates)::bigint AS truncates
      FROM counted GROUP BY name)
SELECT pg_catalog.jsonb_build_object(
  'next', (SELECT pg_catalog.jsonb_build_object('finished', finished, 'committedAt', committed, 'tables', (
      SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('table', name, 'inserts', inserts, 'updates', updates, 'deletes', deletes,
        'truncates', truncates) ORDER BY inserts + updates + deletes + truncates DESC, name), '[]') FROM counted WHERE is_next)) FROM next),
  'tables', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('table', name, 'inserts', inserts, 'updates', updates, 'deletes', deletes,
      'truncates', truncates) ORDER BY inserts + updates + deletes + truncates DESC, name), '[]') FROM whole),
  'complete', (SELECT count(*) FROM message) < $4::int)::text
