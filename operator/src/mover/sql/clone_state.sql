-- Whose records are these, and where does the clone stand?
SELECT s.uid, s.side, s.closed, s.tombstone IS NOT NULL AS retired, s.runner, c.id AS clone, c.finished_at IS NOT NULL AS finished,
  EXISTS (SELECT FROM verdigris.work w WHERE w.done_at IS NULL AND w.kind = 'copy') AS needs_snapshot,
  EXISTS (SELECT FROM verdigris.migration) OR EXISTS (SELECT FROM verdigris.classified) AS migrated
FROM verdigris.state s LEFT JOIN verdigris.clone c ON true
