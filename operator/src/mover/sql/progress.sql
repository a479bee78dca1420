-- Where the clone stands. One row, also before the first one has been written.
SELECT (SELECT min(kind) FROM verdigris.work WHERE done_at IS NULL AND stage = (SELECT min(stage) FROM verdigris.work WHERE done_at IS NULL)) AS stage,
  coalesce(sum(w.bytes) FILTER (WHERE w.done_at IS NOT NULL), 0)::bigint AS done_bytes, coalesce(sum(w.bytes), 0)::bigint AS total_bytes,
  count(*) FILTER (WHERE w.done_at IS NOT NULL) AS done_items, count(*) AS total_items,
  (SELECT extract(epoch FROM c.started_at)::bigint FROM verdigris.clone c) AS started_at,
  (SELECT extract(epoch FROM c.finished_at)::bigint FROM verdigris.clone c) AS finished_at,
  (SELECT c.restarts FROM verdigris.clone c) AS restarts
FROM verdigris.work w
