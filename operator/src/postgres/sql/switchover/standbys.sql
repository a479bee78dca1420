-- Counts physical standbys that do not have it yet.
SELECT count(*) FROM pg_catalog.pg_stat_replication r WHERE state = 'streaming' AND (flush_lsn IS NULL OR flush_lsn < $1::text::pg_lsn)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots s WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
