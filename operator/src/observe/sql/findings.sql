-- What preflight had to say when the run began; on blue.
SELECT coalesce(jsonb_agg(jsonb_build_object('severity', severity, 'reason', reason, 'subject', object, 'message', message, 'remedy', remedy)
  ORDER BY severity, reason, object), '[]')::text FROM verdigris.finding
