-- What green's records say of migrations and comparisons, as one row of JSON. Read-only.
SELECT jsonb_build_object(
  'applied', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', name, 'file', file, 'checksum', checksum) ORDER BY seq), '[]') FROM verdigris.migration WHERE state = 'Applied'),
  'failed', (SELECT jsonb_build_object('name', name, 'file', file, 'checksum', checksum, 'line', line, 'sqlstate', sqlstate, 'object', object)
             FROM verdigris.migration WHERE state = 'Failed' ORDER BY seq LIMIT 1),
  'classified', EXISTS (SELECT FROM verdigris.classified),
  'findings', (SELECT coalesce(jsonb_agg(jsonb_build_object('severity', severity, 'reason', reason, 'subject', object, 'message', message, 'remedy', remedy)
               ORDER BY severity, reason, object), '[]') FROM verdigris.finding),
  'greenOnly', (SELECT count(*) FROM verdigris.excluded WHERE reason = 'green-only'),
  'tables', (SELECT count(*) FROM verdigris.tables WHERE carried AND name NOT IN (SELECT name FROM verdigris.excluded)),
  'comparison', (SELECT jsonb_build_object(
      'finishedAt', extract(epoch FROM r.finished_at)::bigint,
      'fresh', coalesce(r.finished_at > clock_timestamp() - interval '6 hours' AND r.started_at > coalesce((SELECT max(at) FROM verdigris.classified), '-infinity'), false),
      'equal', coalesce(r.equal, false),
      'done', (SELECT count(*) FROM verdigris.comparison c WHERE c.run = r.run AND c.state <> 'Running'),
      'different', (SELECT coalesce(jsonb_agg(format('%s (%s)', c.name, coalesce(c.differing::text || ' rows', lower(c.state))) ORDER BY c.name), '[]')
                    FROM verdigris.comparison c WHERE c.run = r.run AND c.state NOT IN ('Running', 'Equal')))
    FROM verdigris.comparison_run r ORDER BY r.started_at DESC LIMIT 1),
  'comparisonFailure', (SELECT jsonb_build_object('reason', reason, 'message', message, 'transient', transient)
    FROM verdigris.failure WHERE step = 'compare' ORDER BY transient, at DESC LIMIT 1),
  'cloned', (SELECT fingerprint::text FROM verdigris.clone),
  'objects', (SELECT objects FROM verdigris.clone),
  'now', verdigris.fingerprint()::text,
  'planned', (SELECT fingerprint::text FROM verdigris.state)
)::text
