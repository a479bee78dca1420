-- Lets the witness forget what was counted.
SELECT end_lsn::text FROM pg_catalog.pg_replication_slots s, verdigris.state,
  LATERAL pg_catalog.pg_replication_slot_advance(s.slot_name, $2::text::pg_lsn)
WHERE s.slot_name = $1 AND s.confirmed_flush_lsn < $2::text::pg_lsn AND epoch = $3 AND holder = $4
