INSERT INTO verdigris.clone (id, slot, snapshot_lsn, archive, fingerprint, restarts, objects) VALUES ($1, $2, $3::text::pg_lsn, $4, $5::text::numeric, $6, $7)
