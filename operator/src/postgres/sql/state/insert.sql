-- Makes the record of this side.
INSERT INTO verdigris.state (uid, migration, side, system, timeline, closed, fingerprint)
SELECT :'run', :'migration', :'side', system_identifier, pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8),
  :closed, verdigris.fingerprint()
FROM pg_catalog.pg_control_system();
