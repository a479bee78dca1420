-- What runs left in this database, and whether the schema holds records that can be read.
SELECT pg_catalog.jsonb_build_object(
  'schema', pg_catalog.to_regnamespace('verdigris') IS NOT NULL,
  'readable', (SELECT pg_catalog.count(*) = 4 FROM pg_catalog.pg_attribute
    WHERE attrelid = pg_catalog.to_regclass('verdigris.state') AND attname IN ('uid', 'migration', 'closed', 'tombstone') AND NOT attisdropped),
  'triggers', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_trigger WHERE tgname = 'verdigris_gate' AND NOT tgisinternal)
    + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_event_trigger WHERE evtname = 'verdigris_ddl'));
