-- What of the server's limits is in use; things with our names left out.
SELECT pg_catalog.jsonb_build_object(
  'replicationSlots', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots WHERE slot_name !~ '^verdigris_'),
  'walSenders', pg_catalog.count(*) FILTER (WHERE backend_type = 'walsender' AND application_name !~ '^verdigris[_/]'),
  'logicalWorkers', pg_catalog.count(*) FILTER (WHERE backend_type ~ '^logical replication .*worker$'),
  'workerProcesses', pg_catalog.count(*) FILTER (WHERE backend_type <> ALL (ARRAY['client backend', 'parallel worker', 'walsender',
    'walreceiver', 'walwriter', 'walsummarizer', 'checkpointer', 'background writer', 'autovacuum launcher', 'autovacuum worker', 'startup',
    'archiver', 'logger', 'slotsync worker', 'io worker', 'standalone backend', 'dead-end client backend'])),
  'origins', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_origin_status
    WHERE external_id <> ALL (SELECT 'pg_' || oid FROM pg_catalog.pg_subscription WHERE subname ~ '^verdigris_')))
FROM pg_catalog.pg_stat_activity;
