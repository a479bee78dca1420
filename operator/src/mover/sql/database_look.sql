-- The database named $1: how it must be created again elsewhere.
SELECT d.datname AS name, pg_catalog.quote_ident(d.datname) AS ident, pg_catalog.quote_ident(r.rolname) AS owner,
  pg_catalog.pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate, d.datctype AS ctype, d.datlocprovider::text AS provider,
  coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') AS locale,
  pg_catalog.to_jsonb(d) ->> 'daticurules' AS rules
FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.oid = d.datdba
WHERE d.datname = $1
