-- Databases, templates left out. The column of the locale has another name before PostgreSQL 17.
SELECT pg_catalog.jsonb_build_object(
  'name', datname, 'owner', pg_catalog.pg_get_userbyid(datdba), 'allowsConnections', datallowconn,
  'encoding', pg_catalog.pg_encoding_to_char(encoding), 'collate', datcollate, 'ctype', datctype,
  'provider', CASE datlocprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE datlocprovider::text END,
  'locale', coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale'),
  'collationVersion', datcollversion,
  'bytes', pg_catalog.pg_database_size(oid))
FROM pg_catalog.pg_database d WHERE NOT datistemplate ORDER BY datname;
