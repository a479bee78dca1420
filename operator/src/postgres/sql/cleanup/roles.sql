-- Drops the run's roles. What they own goes to the owner of the database, never away.
SELECT pg_catalog.set_config('verdigris.prefix', :'prefix', false);
DO $$ DECLARE r record; BEGIN
  FOR r IN SELECT rolname FROM pg_catalog.pg_roles WHERE pg_catalog.starts_with(rolname, pg_catalog.current_setting('verdigris.prefix')) LOOP
    PERFORM pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usename = r.rolname;
    EXECUTE pg_catalog.format('REASSIGN OWNED BY %I TO %I', r.rolname,
      (SELECT pg_catalog.pg_get_userbyid(datdba) FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()));
    EXECUTE pg_catalog.format('DROP OWNED BY %I', r.rolname);
    EXECUTE pg_catalog.format('DROP ROLE %I', r.rolname);
  END LOOP;
END $$;
