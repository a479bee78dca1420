-- Does this server reach the other one, as a subscription will? Connects for replication and is rolled back: nothing is left on either side.
-- In psql: psql -v name=verdigris_probe -v conninfo='host=… dbname=… user=… password=…' -f connect.sql
-- The settings keep the connection string, which holds a password, out of log, statistics and pg_stat_activity.
BEGIN READ WRITE;
SET LOCAL statement_timeout = '15s';
SET LOCAL lock_timeout = '2s';
SET LOCAL session_replication_role = 'replica';
SET LOCAL lc_messages = 'C';
SET LOCAL log_min_messages = 'error';  -- that the publication does not exist is known
SET LOCAL log_statement = 'none';
SET LOCAL log_min_error_statement = 'panic';
SET LOCAL log_min_duration_statement = -1;
SET LOCAL log_min_duration_sample = -1;
SET LOCAL log_transaction_sample_rate = 0;
SET LOCAL log_duration = off;
SET LOCAL track_activities = off;
SET LOCAL pg_stat_statements.track_utility = off;
SET LOCAL pgaudit.log = 'none';
CREATE SUBSCRIPTION :"name" CONNECTION :'conninfo' PUBLICATION :"name"
  WITH (connect = true, enabled = false, create_slot = false, slot_name = NONE, copy_data = false);
ROLLBACK;
