-- Makes the role that a connection is tried with. Its maker holds the lock while it lives: roles of makers that died go first.
-- In psql: psql -1 -v role=verdigris_<run>_probe -v verifier=… -f probe_make.sql
SELECT pg_catalog.set_config('verdigris.role', :'role', true), pg_catalog.set_config('verdigris.verifier', :'verifier', true);
DO $$ DECLARE r record; BEGIN
  IF NOT pg_catalog.pg_try_advisory_lock(1987208296) THEN
    RAISE EXCEPTION USING ERRCODE = '55P03', MESSAGE = 'another preflight tries a connection to this server';
  END IF;
  FOR r IN SELECT rolname FROM pg_catalog.pg_roles WHERE rolname ~ '^verdigris_[0-9a-f]{12}_probe$' LOOP
    EXECUTE pg_catalog.format('DROP OWNED BY %I', r.rolname);
    EXECUTE pg_catalog.format('DROP ROLE %I', r.rolname);
  END LOOP;
  EXECUTE pg_catalog.format('CREATE ROLE %I LOGIN REPLICATION PASSWORD %L VALID UNTIL %L', pg_catalog.current_setting('verdigris.role'),
    pg_catalog.current_setting('verdigris.verifier'), pg_catalog.clock_timestamp() + interval '1 minute');
  EXECUTE pg_catalog.format('GRANT CONNECT ON DATABASE %I TO %I', pg_catalog.current_database(), pg_catalog.current_setting('verdigris.role'));
END $$;
