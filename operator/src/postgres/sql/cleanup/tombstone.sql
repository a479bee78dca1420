-- Says on the closed side why it is closed and how to open it.
UPDATE verdigris.state SET tombstone = coalesce(tombstone, pg_catalog.format(
  'Closed on %s by migration %s; %s has the data and the writers since. To open this side on purpose, run as a superuser in this database: '
  'BEGIN READ WRITE; SET LOCAL session_replication_role = replica; SET LOCAL verdigris.session = %L; DROP FUNCTION verdigris.closed(); '
  'UPDATE verdigris.state SET closed = false, nonce = NULL, tombstone = NULL, epoch = epoch + 1, holder = NULL; '
  'ALTER DATABASE %I RESET default_transaction_read_only; COMMIT;',
  pg_catalog.to_char(closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'), migration,
  CASE side WHEN 'blue' THEN 'green' ELSE 'blue' END, uid, pg_catalog.current_database())),
  window_until = NULL, nonce = NULL;
