-- Drops the role that a connection was tried with, and what it was granted.
-- In psql: psql -1 -v role=verdigris_<run>_probe -f probe_drop.sql
DROP OWNED BY :"role";
DROP ROLE :"role";
SELECT pg_catalog.pg_advisory_unlock(1987208296);
