-- Closes a side at once, whatever goes on there. Writes that it took beside the other side are before this, so that no witness tells them.
SELECT verdigris.guard(:epoch, :'holder');
SELECT verdigris.must_be_open();
CREATE FUNCTION verdigris.closed() RETURNS void LANGUAGE sql AS '';
UPDATE verdigris.state SET closed = true, closed_at = pg_catalog.clock_timestamp(), closed_position = pg_catalog.pg_current_wal_insert_lsn(), witness = NULL;
