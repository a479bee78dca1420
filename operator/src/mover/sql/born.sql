-- The record of green, closed from birth. Same transaction as the user's schema.
INSERT INTO verdigris.state (uid, migration, side, system, timeline, epoch, closed, turn, runner)
SELECT $1, $2, 'green', system_identifier::bigint, pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8), 1, true, 1, $3
FROM pg_catalog.pg_control_system()
