-- The largest item of the earliest stage that is not done, if nobody has it in hand and the clone is still $1.
SELECT w.id, w.kind, w.name, w.body FROM verdigris.work w, verdigris.clone c
WHERE c.id = $1 AND w.done_at IS NULL AND w.stage = (SELECT pg_catalog.min(stage) FROM verdigris.work WHERE done_at IS NULL)
ORDER BY w.bytes DESC, w.id LIMIT 1 FOR UPDATE OF w SKIP LOCKED
