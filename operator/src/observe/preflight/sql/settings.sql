-- What the server is set to. Settings that a version does not have are absent.
WITH s AS (
  SELECT name, setting, CASE unit WHEN 'min' THEN 60 ELSE 1 END AS seconds FROM pg_catalog.pg_settings
)
SELECT pg_catalog.jsonb_build_object(
  'walLevel', (SELECT setting FROM s WHERE name = 'wal_level'),
  'maxReplicationSlots', (SELECT setting::bigint FROM s WHERE name = 'max_replication_slots'),
  'maxWalSenders', (SELECT setting::bigint FROM s WHERE name = 'max_wal_senders'),
  'maxWorkerProcesses', (SELECT setting::bigint FROM s WHERE name = 'max_worker_processes'),
  'maxLogicalReplicationWorkers', (SELECT setting::bigint FROM s WHERE name = 'max_logical_replication_workers'),
  'maxPreparedTransactions', (SELECT setting::bigint FROM s WHERE name = 'max_prepared_transactions'),
  'maxSlotWalKeepBytes', (SELECT setting::bigint * 1048576 FROM s WHERE name = 'max_slot_wal_keep_size' AND setting <> '-1'),
  'idleReplicationSlotTimeout', (SELECT setting::bigint * seconds FROM s WHERE name = 'idle_replication_slot_timeout'),
  'maxActiveReplicationOrigins', (SELECT setting::bigint FROM s WHERE name = 'max_active_replication_origins'),
  'synchronousStandbyNames', (SELECT setting FROM s WHERE name = 'synchronous_standby_names'));
