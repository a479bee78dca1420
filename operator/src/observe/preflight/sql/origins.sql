-- Replication origins that belong to no subscription, nor to the first copy of one of its tables.
SELECT pg_catalog.to_jsonb(roname) FROM pg_catalog.pg_replication_origin
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_subscription s WHERE roname ~ ('^pg_' || s.oid || '(_[0-9]+)?$')) ORDER BY roname;
