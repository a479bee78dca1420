-- Rows changed since slot $1 was made, in tables of publication $2, by oid of the table: the first bytes of pgoutput's messages, decoded.
-- Peeked, not taken: a mover that dies counts again.
WITH messages AS MATERIALIZED (
  SELECT pg_catalog.get_byte(data, 0) AS tag, data
  FROM pg_catalog.pg_logical_slot_peek_binary_changes($1, NULL, NULL, 'proto_version', '1', 'publication_names', $2)
  WHERE pg_catalog.get_byte(data, 0) IN (68, 73, 84, 85)
), changes AS (
  SELECT tag, ('x' || pg_catalog.encode(pg_catalog.substr(data, 2, 4), 'hex'))::bit(32)::bigint AS rel FROM messages WHERE tag <> 84
  UNION ALL SELECT tag, ('x' || pg_catalog.encode(pg_catalog.substr(data, 7 + 4 * i, 4), 'hex'))::bit(32)::bigint
    FROM messages, pg_catalog.generate_series(0, ('x' || pg_catalog.encode(pg_catalog.substr(data, 2, 4), 'hex'))::bit(32)::int - 1) i WHERE tag = 84
)
SELECT rel & 4294967295 AS rel, count(*) FILTER (WHERE tag = 73) AS inserted, count(*) FILTER (WHERE tag = 85) AS updated,
  count(*) FILTER (WHERE tag = 68) AS deleted, count(*) FILTER (WHERE tag = 84) AS truncated
FROM changes WHERE (rel & 4294967295)::oid NOT IN (SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relnamespace = 'verdigris'::regnamespace) GROUP BY 1
