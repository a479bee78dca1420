-- Says on the closed side why it is closed and how to open it. No mover passes its gate any more.
UPDATE verdigris.state SET tombstone = coalesce(tombstone, CASE WHEN side = 'green' AND opened_at IS NULL THEN pg_catalog.format(
  'Closed since it was made by migration %1$s, which ended before it moved the writers; blue has them. To open this side on purpose, as a copy that nobody feeds, '
  'run as a superuser in this database: BEGIN READ WRITE; SET LOCAL verdigris.session = %2$L; DROP EVENT TRIGGER verdigris_ddl; DROP SCHEMA verdigris CASCADE; '
  'ALTER DATABASE %3$I RESET default_transaction_read_only; COMMIT;', migration, uid, pg_catalog.current_database())
ELSE pg_catalog.format(
  'Closed %s migration %s; %s. To open this side on purpose, run as a superuser in this database: '
  'BEGIN READ WRITE; SET LOCAL session_replication_role = replica; SET LOCAL verdigris.session = %L; DROP FUNCTION verdigris.closed(); '
  'UPDATE verdigris.state SET closed = false, nonce = NULL, tombstone = NULL, opened_at = CASE side WHEN ''green'' THEN pg_catalog.clock_timestamp() ELSE opened_at END, epoch = epoch + 1, holder = NULL; '
  'ALTER DATABASE %I RESET default_transaction_read_only; COMMIT;',
  coalesce('on ' || pg_catalog.to_char(closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') || ' by', 'by hand, in'), migration,
  CASE side WHEN 'blue' THEN 'green' ELSE 'blue' END || CASE WHEN closed_at IS NULL THEN ' was opened by hand and has the writers; what the stream had not carried is here alone'
    ELSE ' has the data and the writers since' END, uid, pg_catalog.current_database()) END),
  window_until = NULL, nonce = NULL, runner = NULL, poolers_held = false, poolers_epoch = NULL;
