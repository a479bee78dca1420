-- Counts row changes behind the close that did not come through the stream, and says how far it looked.
WITH here AS (SELECT pg_catalog.pg_current_wal_flush_lsn() AS flushed),
  ours AS (SELECT pg_catalog.convert_to('pg_' || oid, 'UTF8') || '\x00'::bytea AS origin FROM pg_catalog.pg_subscription
    WHERE pg_catalog.starts_with(subname, $3) AND subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())),
  message AS MATERIALIZED (SELECT lsn, xid, pg_catalog.get_byte(data, 0) AS kind, CASE pg_catalog.get_byte(data, 0) WHEN 79 THEN pg_catalog.substr(data, 10) END AS origin
    FROM pg_catalog.pg_logical_slot_peek_binary_changes($1::text::name, NULL, $4::int, 'proto_version', '1', 'publication_names', $2)),
  done AS (SELECT bool_or(origin IN (SELECT ours.origin FROM ours)) AS applied, count(*) FILTER (WHERE kind IN (68, 73, 84, 85)) AS changes,
      max(lsn) FILTER (WHERE kind = 67) AS lsn, count(*) AS messages
    FROM message GROUP BY xid)
SELECT coalesce(sum(changes) FILTER (WHERE applied IS NOT TRUE AND done.lsn > s.closed_position), 0)::bigint, coalesce(sum(messages), 0)::bigint,
  (CASE WHEN coalesce(sum(messages), 0) < $4::int THEN (SELECT flushed FROM here) ELSE max(done.lsn) END)::text
FROM verdigris.state s LEFT JOIN done ON true
