-- Settings of every mover session: no timeout of ours, no search path, and text forms that are the same on every server.
SET search_path = '';
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET idle_session_timeout = 0;
-- A mover that is gone must not leave a session that waits for a lock: the server looks for its client meanwhile.
SET client_connection_check_interval = '5s';
SET row_security = off;
SET default_transaction_isolation = 'read committed';
SET default_transaction_read_only = off;
SET session_replication_role = replica;
SET jit = off;
SET check_function_bodies = off;
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, MDY';
SET IntervalStyle = 'postgres';
SET extra_float_digits = 3;
SET bytea_output = 'hex';
SET lc_monetary = 'C';
SET xmloption = content;
SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name = 'transaction_timeout';
