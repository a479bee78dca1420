-- Bytes and items by kind of work, in the order in which they are done.
SELECT kind, coalesce(sum(bytes) FILTER (WHERE done_at IS NOT NULL), 0)::bigint AS done_bytes, sum(bytes)::bigint AS total_bytes,
  count(*) FILTER (WHERE done_at IS NOT NULL) AS done_items, count(*) AS total_items
FROM verdigris.work GROUP BY kind ORDER BY min(stage)
