-- Takes back what was set for the owner of the subscription.
DO $$ DECLARE r record; BEGIN
  FOR r IN SELECT rolname FROM pg_catalog.pg_db_role_setting JOIN pg_catalog.pg_roles ro ON ro.oid = setrole
      WHERE setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        AND 'default_transaction_read_only=off' = ANY (setconfig) LOOP
    EXECUTE pg_catalog.format('ALTER ROLE %I IN DATABASE %I RESET default_transaction_read_only', r.rolname, pg_catalog.current_database());
  END LOOP;
END $$;
