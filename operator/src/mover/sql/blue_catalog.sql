-- Blue's catalog as it is cloned: the fingerprint that a switchover proves, and every object with its hash.
SELECT verdigris.fingerprint()::text AS fingerprint, (SELECT coalesce(pg_catalog.jsonb_object_agg(name, hash), '{}') FROM verdigris.objects()) AS objects
