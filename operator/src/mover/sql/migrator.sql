-- Statements that make the migrator role $1 with the verifier $2 of its password, acting as role $3 in database $4, whether or not it is there ($5).
SELECT pg_catalog.unnest(ARRAY[
  pg_catalog.format('%s ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD %L', CASE WHEN $5::bool THEN 'ALTER' ELSE 'CREATE' END, $1::text, $2::text),
  pg_catalog.format('GRANT %I TO %I', $3::text, $1::text),
  pg_catalog.format('GRANT CONNECT ON DATABASE %I TO %I', $4::text, $1::text),
  pg_catalog.format('ALTER ROLE %I SET role TO %L', $1::text, $3::text)]) AS statement
