-- Asks what on either side forbids a switchover.
SELECT 'a foreign subscription writes here: ' || subname FROM pg_catalog.pg_subscription
  WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AND NOT pg_catalog.starts_with(subname, $1)
UNION ALL SELECT 'a foreign replication origin exists: ' || roname FROM pg_catalog.pg_replication_origin o
  WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_subscription s WHERE o.roname = 'pg_' || s.oid OR pg_catalog.starts_with(o.roname, 'pg_' || s.oid || '_'))
UNION ALL SELECT 'an event trigger is marked ALWAYS or REPLICA: ' || evtname FROM pg_catalog.pg_event_trigger
  WHERE evtenabled IN ('A', 'R') AND evtname <> 'verdigris_ddl'
UNION ALL SELECT 'synchronous_standby_names holds *: a stream would count as a standby' WHERE pg_catalog.current_setting('synchronous_standby_names') ~ '\*'
UNION ALL SELECT 'migrations are running' FROM verdigris.state WHERE runner IS NOT NULL
UNION ALL SELECT 'event_triggers is off: DDL could not be refused' WHERE pg_catalog.current_setting('event_triggers', true) = 'off'
UNION ALL SELECT 'event_triggers is off for some sessions: DDL could not be refused' FROM pg_catalog.pg_db_role_setting
  WHERE EXISTS (SELECT FROM pg_catalog.unnest(setconfig) one WHERE one IN ('event_triggers=off', 'event_triggers=false'))
