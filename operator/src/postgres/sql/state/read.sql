-- Reads the record of this side.
SELECT uid, side, system = (SELECT system_identifier FROM pg_catalog.pg_control_system())
    AND timeline = pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8),
  epoch, holder, closed, pg_catalog.to_regprocedure('verdigris.closed()') IS NOT NULL, turn, nonce,
  coalesce(deadline < pg_catalog.clock_timestamp(), false),
  extract(epoch FROM opened_at)::bigint, extract(epoch FROM window_until)::bigint, coalesce(window_until < pg_catalog.clock_timestamp(), false),
  tombstone, (position - '0/0'::pg_lsn)::bigint, runner IS NOT NULL, strays, fingerprint IS NOT DISTINCT FROM verdigris.fingerprint(), migration, witness,
  overrun_retained, overrun_allowed, poolers_held, poolers_epoch
FROM verdigris.state
