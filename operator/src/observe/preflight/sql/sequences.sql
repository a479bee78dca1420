-- Users' sequences and how far they are.
SELECT pg_catalog.jsonb_build_object('schema', nspname, 'name', relname, 'dataType', pg_catalog.format_type(seqtypid, NULL),
  'last', pg_catalog.pg_sequence_last_value(c.oid), 'start', seqstart, 'increment', seqincrement, 'minimum', seqmin, 'maximum', seqmax,
  'cache', seqcache, 'cycles', seqcycle)
FROM pg_catalog.pg_sequence JOIN pg_catalog.pg_class c ON c.oid = seqrelid JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
WHERE relpersistence <> 't' AND nspname <> 'verdigris' ORDER BY nspname, relname;
