-- Closes this side, in the transaction of the hold: origin, flag and record together.
SELECT pg_catalog.pg_replication_origin_advance('pg_' || :'origin', :'position');
CREATE FUNCTION verdigris.closed() RETURNS void LANGUAGE sql AS '';
UPDATE verdigris.state SET closed = true, turn = :turn, nonce = :'nonce', position = :'position',
  deadline = pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => :milliseconds / 1000.0),
  closed_at = pg_catalog.clock_timestamp(), closed_position = pg_catalog.pg_current_wal_insert_lsn(),
  witness = :'witness', strays = 0;
COMMIT;
