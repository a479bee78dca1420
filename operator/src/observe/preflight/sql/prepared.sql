-- Prepared transactions of all databases: a slot waits for every one of them.
SELECT pg_catalog.jsonb_build_object('gid', gid, 'database', database, 'owner', owner,
  'since', pg_catalog.to_char(prepared AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
FROM pg_catalog.pg_prepared_xacts ORDER BY gid;
